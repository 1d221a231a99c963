import type { ImageHandler } from '@xen-image/core/plugin';
import { actions } from './build.js';
import { deviceModel } from './device-model.js';
import { hasHap, memory } from './memory.js';

/** The handler of x86 HVM guests: hvmloader, and a device model that emulates a PC. */
export const x86HvmHandler: ImageHandler = {
  supports: { container: 'hvm', deviceModel: true, restore: true, cpuid: true, superpages: false },
  memory,
  plan(input) {
    const figures = memory(input);
    return {
      ostype: 'hvm',
      domain: { container: 'hvm', hap: hasHap(input), emulation: 'hvm' },
      actions: actions(input, figures),
      deviceModel: deviceModel(input, figures),
    };
  },
};
