import {
  deviceModelArgs,
  deviceModelPlan,
  displayArgs,
  extraArgs,
  identityArgs,
  memorySize,
  type DeviceModelPlan,
  type HandlerInput,
} from '@xen-image/core/plugin';

/** The device model of a PV guest serves its paravirtual devices; its console is a pseudo terminal. */
export function deviceModel(input: HandlerInput): DeviceModelPlan {
  const { config } = input;
  const args = deviceModelArgs({
    identity: identityArgs(config),
    display: displayArgs(config),
    devices: [{ arg: 'serial', target: 'pty' }],
    machine: [...extraArgs(config), { arg: 'machine', machine: 'pv', platformPci: false }],
    memory: memorySize(input, config.memory.maximumKib),
  });
  return deviceModelPlan(config, args);
}
