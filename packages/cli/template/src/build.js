import {
  cpuidActions,
  linuxBeforeBuild,
  linuxBuild,
  linuxBuildSpec,
  linuxConfigure,
  linuxFinish,
  refuseSuperpages,
} from '@xen-image/core/plugin';

/**
 * What is done for a guest, by step: plain data that core carries out. These are the steps of a Linux PV guest.
 *
 * @param {import('@xen-image/core/plugin').HandlerInput} input
 * @param {import('@xen-image/core/plugin').MemoryMath} figures
 * @returns {import('@xen-image/core/plugin').HandlerActions}
 */
export function actions(input, figures) {
  // TODO: refuse what such a guest cannot have, by an XenImageError with a code of your own and a hint.
  refuseSuperpages(input, 'this handler does not ask for them');
  return {
    // Records, and the clock; before the guest has its channels.
    configure: linuxConfigure(input.config),
    // Checks of files, limits, parameters; TODO: actions of your own are the second argument.
    beforeBuild: linuxBeforeBuild(input, []),
    // TODO: kernel, modules, memory map, ACPI tables: whatever of a BuildSpec your guests need.
    build: linuxBuild(linuxBuildSpec(input, figures)),
    afterBuild: [],
    finish: linuxFinish(),
    cpuid: cpuidActions(input.config, input.policy),
  };
}
