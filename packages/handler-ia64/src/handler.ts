import type { ImageHandler } from '@xen-image/core/plugin';
import { hvmActions, pvActions } from './build.js';
import { hvmDeviceModel, pvDeviceModel } from './device-model.js';
import { hvmMemory, pvMemory } from './memory.js';

/** The handler of ia64 PV guests. */
export const ia64PvHandler: ImageHandler = {
  supports: { container: 'pv', deviceModel: true, restore: true, cpuid: false, superpages: false },
  memory: pvMemory,
  plan: (input) => ({
    ostype: 'linux',
    domain: { container: 'pv', hap: false, emulation: 'none' },
    actions: pvActions(input),
    deviceModel: pvDeviceModel(input),
  }),
};

/** The handler of ia64 HVM guests. */
export const ia64HvmHandler: ImageHandler = {
  supports: { container: 'hvm', deviceModel: true, restore: true, cpuid: false, superpages: false },
  memory: hvmMemory,
  plan: (input) => ({
    ostype: 'hvm',
    domain: { container: 'hvm', hap: false, emulation: 'hvm' },
    actions: hvmActions(input),
    deviceModel: hvmDeviceModel(input),
  }),
};
