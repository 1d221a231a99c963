import {
  bootArgs,
  deviceArgs,
  deviceModelArgs,
  deviceModelPlan,
  displayArgs,
  extraArgs,
  hvmMachine,
  identityArgs,
  memorySize,
  type DeviceModelPlan,
  type HandlerInput,
  type MemoryMath,
} from '@xen-image/core/plugin';

/** The device model of an x86 HVM guest emulates a PC. */
export function deviceModel(input: HandlerInput, figures: MemoryMath): DeviceModelPlan {
  const { config } = input;
  const args = deviceModelArgs({
    identity: identityArgs(config),
    display: displayArgs(config),
    boot: bootArgs(config),
    devices: deviceArgs(config),
    machine: [...extraArgs(config), hvmMachine(config)],
    memory: memorySize(input, figures.maximumReservation.value),
    restore: [{ arg: 'restore' }],
  });
  return deviceModelPlan(config, args);
}
