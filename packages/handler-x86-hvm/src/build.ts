import {
  CPUID_PAE,
  cpuidActions,
  hvmAfterBuild,
  hvmBeforeBuild,
  hvmBuild,
  hvmBuildSpec,
  hvmConfigure,
  hvmParams,
  refuseSuperpages,
  setParam,
  withoutFeature,
  type Action,
  type HandlerActions,
  type HandlerInput,
  type MemoryMath,
} from '@xen-image/core/plugin';

/** HVM parameters before the build: PAE where it is one, then those of the policy and the configuration. */
function params(input: HandlerInput): readonly Action[] {
  const { config, policy } = input;
  const pae = policy.hvm.pae === 'param' ? [setParam('paeEnabled', Number(config.platform.pae))] : [];
  return [...pae, ...hvmParams(input)];
}

/** CPUID actions, without PAE where the configuration has it off and no parameter says so. */
function cpuid({ config, policy }: HandlerInput): readonly Action[] {
  const hidden = policy.hvm.pae === 'cpuid' && !config.platform.pae;
  const set = hidden ? withoutFeature(config.cpuid.set, CPUID_PAE) : config.cpuid.set;
  return cpuidActions(config, policy, set);
}

/**
 * The actions of an x86 HVM guest.
 *
 * @throws XenImageError `SUPERPAGES_UNSUPPORTED` where 2 MiB extents alone are asked for
 */
export function actions(input: HandlerInput, figures: MemoryMath): HandlerActions {
  refuseSuperpages(input, 'the VGA window at 640 KiB splits the first one');
  return {
    configure: hvmConfigure(input),
    beforeBuild: hvmBeforeBuild(input, params(input)),
    build: hvmBuild(hvmBuildSpec(input, figures)),
    afterBuild: hvmAfterBuild(input),
    finish: [],
    cpuid: cpuid(input),
  };
}
