import type { Action, CoreActionKind, PermissionSpec, SetStorePermissions, WriteStore } from '../contract/actions.js';
import type { BuildResult, ResolvedBuildSpec } from '../contract/ports/domain-builder.js';
import type { CpuidMasks } from '../contract/ports/cpu-policy.js';
import type { StorePermission, StoreWrite } from '../contract/ports/xenstore.js';
import { CPU_POLICY, DOMAIN_BUILDER, DOMAINS, HOST, HVM_PARAMS_PORT, MEMORY, XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { runCheck } from './checks.js';
import type { Execution } from './execution.js';
import { below, storeRoot } from './paths.js';
import { asXenImageError } from './undo.js';

type Executor<K extends CoreActionKind> = (
  action: Extract<Action, { kind: K }>,
  execution: Execution,
) => Promise<void> | void;

function permissions(specs: readonly PermissionSpec[], execution: Execution): StorePermission[] {
  return specs.map(({ domid, read, write }) => ({ domid: execution.results.number(domid), read, write }));
}

function keepMasks(execution: Execution, name: 'cpuid' | 'cpuidCheck', key: string, masks: CpuidMasks): void {
  const kept = (execution.results.peek(name) ?? {}) as Record<string, CpuidMasks>;
  execution.results.set(name, { ...kept, [key]: masks });
}

/** What an action does to the store, with what its references name. */
export function storeWrites(action: WriteStore | SetStorePermissions, execution: Execution): StoreWrite[] {
  const base = below(storeRoot(action.root, execution.domid, execution.uuid), action.path);
  if (action.kind === 'set-store-permissions') {
    return [{ path: base, permissions: permissions(action.permissions, execution) }];
  }
  const rights = action.permissions === undefined ? undefined : permissions(action.permissions, execution);
  return action.entries.map(([path, value]): StoreWrite => {
    const resolved = execution.results.storeValue(value);
    const node = { path: below(base, path), value: resolved === null ? null : String(resolved) };
    return rights === undefined ? node : { ...node, permissions: rights };
  });
}

async function build(action: Extract<Action, { kind: 'build' }>, execution: Execution): Promise<void> {
  const { results } = execution;
  const { channels } = action.spec;
  const spec: ResolvedBuildSpec = {
    ...action.spec,
    channels: { store: results.number(channels.store), console: results.number(channels.console) },
  };
  const image: unknown = await execution.port(DOMAIN_BUILDER).build(execution.domid, spec, execution.signal);
  results.set('image', image);
  if (typeof image !== 'object' || image === null) return;
  const { storeFrame, consoleFrame, notes } = image as BuildResult;
  if (storeFrame !== undefined) results.set('storeFrame', storeFrame);
  if (consoleFrame !== undefined) results.set('consoleFrame', consoleFrame);
  if (notes !== undefined) results.set('notes', { ...notes });
}

/** What each of core's own kinds of action does. */
export const EXECUTORS: { readonly [K in CoreActionKind]: Executor<K> } = {
  'set-time-offset': (action, { port, domid }) => port(DOMAINS).setTimeOffset(domid, action.offsetSeconds),
  'set-tsc-mode': (action, { port, domid }) => port(DOMAINS).setTscMode(domid, action.mode),
  'set-memmap-limit': (action, { port, domid }) => port(MEMORY).setMemmapLimit(domid, action.limitKib),
  'set-hvm-param': (action, { port, domid, results }) =>
    port(HVM_PARAMS_PORT).set(domid, action.param, results.number(action.value)),
  'get-hvm-param': async (action, { port, domid, results }) => {
    results.set(action.as, await port(HVM_PARAMS_PORT).get(domid, action.param));
  },
  build,
  'require-built': (action, { results, domid }) => {
    const image = results.get('image');
    if (typeof image === 'object' && image !== null && !Array.isArray(image)) return;
    const said = typeof image === 'string' ? image : JSON.stringify(image);
    throw new XenImageError('BUILD_FAILED', `Building domain failed: ostype=${action.ostype} dom=${domid} err=${said}`);
  },
  'apply-cpu-policy': (action, { port, domid }) =>
    action.overrides.length === 0 ? port(CPU_POLICY).apply(domid) : port(CPU_POLICY).apply(domid, action.overrides),
  'set-cpuid': async (action, execution) => {
    const masks = await execution.port(CPU_POLICY).set(execution.domid, action.leaf);
    keepMasks(execution, 'cpuid', action.leaf.key, masks);
  },
  'read-cpuid': async (action, execution) => {
    const masks = await execution.port(CPU_POLICY).read(execution.domid, action.leaf);
    keepMasks(execution, 'cpuid', action.leaf.key, masks);
  },
  'check-cpuid': async (action, execution) => {
    const masks = await execution.port(CPU_POLICY).check(action.leaf);
    keepMasks(execution, 'cpuidCheck', action.leaf.key, masks);
  },
  'write-store': (action, execution) => execution.port(XENSTORE).write(storeWrites(action, execution)),
  'set-store-permissions': (action, execution) =>
    execution
      .port(XENSTORE)
      .setPermissions(
        below(storeRoot(action.root, execution.domid, execution.uuid), action.path),
        permissions(action.permissions, execution),
      ),
  record: (action) => {
    throw new TypeError(`a record of ${action.group} reached the executor; plans turn records into writes`);
  },
  'check-path': runCheck,
  'require-capability': runCheck,
  refuse: runCheck,
  warn: (action, execution) => {
    execution.warn(action.code, action.message);
  },
  note: (action, { results }) => {
    const notes = action.replace === true ? {} : ((results.peek('notes') ?? {}) as Record<string, unknown>);
    results.set('notes', { ...notes, [action.key]: action.value });
  },
  'remove-file': async (action, execution) => {
    try {
      await execution.port(HOST).removeFile(action.path);
    } catch (error) {
      execution.warn('FILE_REMOVE_FAILED', asXenImageError(error).message);
    }
  },
};
