import type { ImageHandler } from '@xen-image/core/plugin';
import { actions } from './build.js';
import { deviceModel } from './device-model.js';
import { memory } from './memory.js';

/** The handler of x86 PV guests: Linux and every other system that boots paravirtually. */
export const x86PvHandler: ImageHandler = {
  supports: { container: 'pv', deviceModel: true, restore: true, cpuid: true, superpages: true },
  memory,
  plan: (input) => ({
    ostype: 'linux',
    domain: { container: 'pv', hap: false, emulation: 'none' },
    actions: actions(input, memory(input)),
    deviceModel: deviceModel(input),
  }),
};
