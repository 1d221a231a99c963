import type { DeviceModelArgs } from '../contract/device-model.js';

/** Arguments with the sections given, the others empty. */
export function deviceModelArgs(sections: Partial<DeviceModelArgs>): DeviceModelArgs {
  const { identity = [], display = [], boot = [], devices = [], machine = [], memory = [], restore = [] } = sections;
  return { identity, display, boot, devices, machine, memory, restore };
}
