import {
  HVM_PARAMS,
  isRef,
  storePath,
  storeRoot,
  type Action,
  type CpuidLeaf,
  type CpuidRegister,
  type PluginAction,
} from '@xen-image/core';
import { visible } from '../output/visible.js';
import { describeBuild } from './describe-build.js';
import { count, shownPermissions } from './values.js';

/** An action in words: a line, and lines of detail below it. */
export interface DescribedAction {
  readonly text: string;
  readonly details: readonly string[];
}

/** What descriptions need beside the action. */
export interface DescribeContext {
  readonly uuid: string;
  /** The description that the plugin gives of its own action, where it does. */
  readonly describePlugin: (action: PluginAction) => string | undefined;
}

const REGISTERS: readonly CpuidRegister[] = ['eax', 'ebx', 'ecx', 'edx'];

function leafLines({ key, masks }: CpuidLeaf): string[] {
  return REGISTERS.flatMap((register) => {
    const mask = masks[register];
    return mask === undefined ? [] : [`leaf ${visible(key)} ${register} ${mask}`];
  });
}

function storePlace(action: Extract<Action, { kind: 'write-store' | 'set-store-permissions' }>, uuid: string): string {
  return visible(storePath(storeRoot(action.root, '<domid>', uuid), action.path)) || '/';
}

/** An action as a plan shows it. */
export function describeAction(action: Action, context: DescribeContext): DescribedAction {
  const said = (text: string, details: readonly string[] = []): DescribedAction => ({ text, details });
  if (isPluginAction(action)) {
    return said(visible(context.describePlugin(action) ?? `${action.kind} ${JSON.stringify(action.args)}`));
  }
  switch (action.kind) {
    case 'set-time-offset':
      return said(`set time offset to ${action.offsetSeconds} s`);
    case 'set-tsc-mode':
      return said(`set TSC mode to ${action.mode}`);
    case 'set-memmap-limit':
      return said(`set memory map limit to ${action.limitKib} KiB`);
    case 'set-hvm-param': {
      const value = isRef(action.value) ? `<${visible(action.value.ref)}>` : action.value;
      return said(`set HVM param ${action.param} (${HVM_PARAMS[action.param]}) to ${value}`);
    }
    case 'get-hvm-param':
      return said(`get HVM param ${action.param} (${HVM_PARAMS[action.param]}) as <${visible(action.as)}>`);
    case 'build':
      return said('build the guest: <storeFrame>, <consoleFrame>, <notes>', describeBuild(action.spec));
    case 'require-built':
      return said('require that the build answered');
    case 'apply-cpu-policy':
      return said(
        action.overrides.length === 0 ? 'apply the default CPU policy' : 'apply the default CPU policy with masks',
        action.overrides.flatMap(leafLines),
      );
    case 'set-cpuid':
      return said('set CPUID masks', leafLines(action.leaf));
    case 'read-cpuid':
      return said(`read CPUID leaf ${visible(action.leaf.key)}`);
    case 'check-cpuid':
      return said('check CPUID masks against the host', leafLines(action.leaf));
    case 'write-store':
      return said(`write ${count(action.entries.length, 'node')} below ${storePlace(action, context.uuid)}`);
    case 'set-store-permissions':
      return said(`permit ${shownPermissions(action.permissions)} on ${storePlace(action, context.uuid)}`);
    case 'record':
      return said(`record ${visible(action.group)}`);
    case 'check-path':
      return said(`check that ${visible(action.path)} ${action.want === 'file' ? 'is a file' : 'exists'}`);
    case 'require-capability':
      return said(`require that the hypervisor can ${visible(action.capability)}`);
    case 'refuse':
      return said(`refuse [${visible(action.error.code)}]: ${visible(action.error.message)}`);
    case 'warn':
      return said(`warn [${visible(action.code)}]: ${visible(action.message)}`);
    case 'note':
      return said(`note ${visible(action.key)} = ${visible(String(action.value))}${action.replace ? ', alone' : ''}`);
    case 'remove-file':
      return said(`remove ${visible(action.path)}`);
  }
}

function isPluginAction(action: Action): action is PluginAction {
  return action.kind.includes(':');
}
