import {
  bootArgs,
  deviceArgs,
  deviceModelArgs,
  deviceModelPlan,
  displayArgs,
  extraArgs,
  hvmMachine,
  identityArgs,
  wholeMib,
  type DeviceModelPlan,
  type HandlerInput,
} from '@xen-image/core/plugin';

/** The device model of an ia64 PV guest: the same as on x86. */
export function pvDeviceModel({ config }: HandlerInput): DeviceModelPlan {
  const args = deviceModelArgs({
    identity: identityArgs(config),
    display: displayArgs(config),
    devices: [{ arg: 'serial', target: 'pty' }],
    machine: [...extraArgs(config), { arg: 'machine', machine: 'pv', platformPci: false }],
  });
  return deviceModelPlan(config, args);
}

/** The device model of an ia64 HVM guest is told the guest's memory, which it maps by itself on that arch. */
export function hvmDeviceModel({ config }: HandlerInput): DeviceModelPlan {
  const args = deviceModelArgs({
    identity: identityArgs(config),
    display: displayArgs(config),
    boot: bootArgs(config),
    devices: deviceArgs(config),
    machine: [...extraArgs(config), hvmMachine(config)],
    memory: [{ arg: 'memory', sizeMib: wholeMib(config.memory.targetKib) }],
    restore: [{ arg: 'restore' }],
  });
  return deviceModelPlan(config, args);
}
