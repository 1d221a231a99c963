import type { Action, ActionLists, RecordFacts, Step } from '../contract/actions.js';
import type { HandlerActions, HandlerInput } from '../contract/handler.js';
import type { HostFacts } from '../contract/host-facts.js';
import type { Profile, Reading, RecordContext } from '../contract/profile.js';
import { XenImageError } from '../errors.js';
import type { Registry } from '../registry/registry.js';
import type { ImagePlan } from './image-plan.js';
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
 * @throws XenImageError `HANDLER_UNKNOWN`, `PROFILE_REFUSES`, or what the handler refuses with
 */
export function planImage({ registry, profile, reading, host }: PlanInput): ImagePlan {
  const { config } = reading;
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
    domain: { ...decided.domain, uuid: config.uuid, maxVcpus: config.vcpus.maximum },
    memory: memoryPlan(math, config, profile.policy, handler.supports.container),
    math,
    actions: reading.refusal === undefined ? lists : weaveRefusal(lists, reading.refusal),
    records: profile.domainRecords(context),
    deviceModel: { ...decided.deviceModel, dialect: profile.dialect },
    findings: reading.findings,
  };
}

/** The handler's lists with records turned into writes, the CPUID actions placed, and the bootloader's files to go. */
function actionLists(actions: HandlerActions, profile: Profile, context: RecordContext): ActionLists {
  const { cpuid } = actions;
  const listOf = (step: Exclude<Step, 'restore' | 'cleanup'>): readonly Action[] => {
    const list = withRecords(actions[step], profile, context);
    return step === profile.policy.cpuid.step ? [...list, ...cpuid] : list;
  };
  return {
    configure: listOf('configure'),
    beforeBuild: listOf('beforeBuild'),
    build: listOf('build'),
    afterBuild: listOf('afterBuild'),
    finish: listOf('finish'),
    restore: cpuid,
    cleanup: context.config.boot.temporaryFiles.map((path) => ({ kind: 'remove-file', section: 'bootloader', path })),
  };
}

function withRecords(actions: readonly Action[], profile: Profile, context: RecordContext): readonly Action[] {
  if (!actions.some(isRecord)) return actions;
  const expanded: Action[] = [];
  for (const action of actions) {
    if (isRecord(action)) expanded.push(...profile.records(action, context));
    else expanded.push(action);
  }
  return expanded;
}

function isRecord(action: Action): action is RecordFacts {
  return action.kind === 'record';
}
