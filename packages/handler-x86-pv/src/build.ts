import {
  cpuidActions,
  linuxBeforeBuild,
  linuxBuild,
  linuxBuildSpec,
  linuxConfigure,
  linuxFinish,
  requireWholeSuperpages,
  type HandlerActions,
  type HandlerInput,
} from '@xen-image/core/plugin';
import type { PvMemory } from './memory.js';

/**
 * The actions of an x86 PV guest: the memory map's limit before the build, the CPUID policy where the policy has it.
 *
 * @throws XenImageError `SUPERPAGES_UNEVEN` where 2 MiB extents alone are asked for and cannot be had
 */
export function actions(input: HandlerInput, figures: PvMemory): HandlerActions {
  requireWholeSuperpages(input);
  const { value: limitKib } = figures.memmapLimit;
  return {
    configure: linuxConfigure(input.config),
    beforeBuild: linuxBeforeBuild(input, [{ kind: 'set-memmap-limit', section: 'limits', limitKib }]),
    build: linuxBuild(linuxBuildSpec(input, figures)),
    afterBuild: [],
    finish: linuxFinish(),
    cpuid: cpuidActions(input.config, input.policy),
  };
}
