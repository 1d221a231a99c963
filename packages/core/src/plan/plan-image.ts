import type { DomainConfig } from '../config/domain-config.js';
import type { Action, ActionLists, Step } from '../contract/actions.js';
import type { HandlerActions, HandlerInput, HandlerPlan } from '../contract/handler.js';
import type { HostFacts } from '../contract/host-facts.js';
import type { DomainSpec } from '../contract/ports/domains.js';
import type { Profile, Reading, RecordContext } from '../contract/profile.js';
import { XenImageError } from '../errors.js';
import type { Registry } from '../registry/registry.js';
import type { ImagePlan } from './image-plan.js';
import { requireFigures } from './figures.js';
import { memoryPlan } from './reserve.js';
import { weaveRefusal } from './weave.js';

/** What a plan is made from. */
export interface PlanInput {
  readonly registry: Registry;
  readonly profile: Profile;
  readonly reading: Reading;
  readonly host: HostFacts;
}

/**
 * Decides everything about a domain and does nothing.
 *
 * @throws XenImageError `HANDLER_UNKNOWN`, `PROFILE_REFUSES`, `CONFIG_VALUE` for a figure that is none, or what the handler refuses with
 */
export function planImage({ registry, profile, reading, host }: PlanInput): ImagePlan {
  const { config } = reading;
  requireFigures(config);
  const refused = profile.refuses?.(config.arch, config.imageType);
  if (refused !== undefined) {
    throw new XenImageError(refused.code, refused.message, {
      phase: 'plan',
      domain: { name: config.name },
      ...(refused.hint === undefined ? {} : { hint: refused.hint }),
    });
  }
  const resolved = registry.resolve(config.arch, config.imageType);
  const { handler } = resolved;
  const input: HandlerInput = { config, host, policy: profile.policy };
  const decided = handler.plan(input);
  const math = handler.memory(input);
  const context: RecordContext = { config, supports: handler.supports };
  const lists = actionLists(decided.actions, profile, context);
  const { program, args, environment, vncPassword } = decided.deviceModel;
  return {
    config,
    profile: profile.name,
    policy: profile.policy,
    handler: {
      plugin: resolved.plugin.name,
      arch: resolved.arch,
      imageType: resolved.imageType,
      supports: handler.supports,
    },
    ostype: decided.ostype,
    domain: domainSpec(decided.domain, config),
    memory: memoryPlan(math, config, profile.policy, handler.supports.container),
    math,
    actions: reading.refusal === undefined ? lists : weaveRefusal(lists, reading.refusal),
    records: profile.domainRecords(context),
    deviceModel: { program, args, environment, vncPassword, dialect: profile.dialect },
    findings: reading.findings,
  };
}

/** What the domain is made of: the handler's part, and what the configuration says of every domain. */
function domainSpec(decided: HandlerPlan['domain'], { uuid, vcpus }: DomainConfig): DomainSpec {
  const { container, hap, emulation, maxEvtchnPort } = decided;
  const spec = { uuid, container, hap, emulation, maxVcpus: vcpus.maximum };
  return maxEvtchnPort === undefined ? spec : { ...spec, maxEvtchnPort };
}

/** The handler's lists with records turned into writes, the CPUID actions placed, and the bootloader's files to go. */
function actionLists(actions: HandlerActions, profile: Profile, context: RecordContext): ActionLists {
  const { cpuid } = actions;
  const listOf = (step: Step, list: readonly Action[]): readonly Action[] => {
    const expanded = withRecords(list, profile, context);
    return step === profile.policy.cpuid.step ? [...expanded, ...cpuid] : expanded;
  };
  return {
    configure: listOf('configure', actions.configure),
    beforeBuild: listOf('beforeBuild', actions.beforeBuild),
    build: listOf('build', actions.build),
    afterBuild: listOf('afterBuild', actions.afterBuild),
    finish: listOf('finish', actions.finish),
    restore: cpuid,
    cleanup: context.config.boot.temporaryFiles.map((path) => ({ kind: 'remove-file', section: 'bootloader', path })),
  };
}

function withRecords(actions: readonly Action[], profile: Profile, context: RecordContext): readonly Action[] {
  const expanded: Action[] = [];
  for (const action of actions) {
    if (action.kind === 'record') expanded.push(...profile.records(action, context));
    else expanded.push(action);
  }
  return expanded;
}
