/**
 * For authors of plugins: contracts, `definePlugin`, the names of injection, errors and units.
 *
 * @packageDocumentation
 */
import 'reflect-metadata';

export { inject, injectable, type DependencyContainer, type InjectionToken } from 'tsyringe';
export * from './contract/actions.js';
export * from './contract/device-model.js';
export * from './contract/handler.js';
export * from './contract/host-facts.js';
export * from './contract/memory.js';
export * from './contract/plugin.js';
export * from './contract/policy.js';
export * from './contract/ports/index.js';
export * from './contract/profile.js';
export * from './contract/tokens.js';
export * from './contract/values.js';
export * from './config/domain-config.js';
export * from './errors.js';
export { SECTION_ORDER } from './sequences/sections.js';
export { figure, wholeMib } from './sequences/figures.js';
export {
  availableForLinux,
  domainLimit,
  figureMib,
  linuxMemory,
  maximumReservation,
  noPagingPool,
  targetReservation,
  videoRamKib,
  withoutVideoRam,
} from './sequences/memory.js';
export { nearestSuperpageSizesKib, refuseSuperpages, requireWholeSuperpages } from './sequences/superpages.js';
export { CPUID_PAE, cpuidActions, withoutFeature, type CpuidFeature } from './sequences/cpuid.js';
export { clockActions, commonConfigure, linuxConfigure } from './sequences/configure.js';
export { hvmConfigure } from './sequences/hvm-configure.js';
export { commonBeforeBuild, fileCheck, tscMode } from './sequences/before-build.js';
export { linuxBeforeBuild, linuxBuild, linuxBuildSpec, linuxFinish } from './sequences/linux-build.js';
export {
  hvmAfterBuild,
  hvmBeforeBuild,
  hvmBuild,
  hvmBuildSpec,
  hvmParams,
  mmioHoleMib,
  setParam,
} from './sequences/hvm-build.js';
export { bootArgs } from './device-model/boot.js';
export { deviceArgs, diskArgs, nicArgs } from './device-model/devices.js';
export { displayArgs, displayEnvironment, vncPassword } from './device-model/display.js';
export { extraArgs, identityArgs } from './device-model/identity.js';
export { hvmMachine, memorySize } from './device-model/machine.js';
export { FIRST_DEVICE_MODEL_UID, ownUser, typicalRestriction } from './plan/typical-restriction.js';
export { deviceModelPlan } from './device-model/plan.js';
export { deviceModelArgs } from './device-model/sections.js';
