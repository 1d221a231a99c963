import { deviceModelArgs, XenImageError, type HandlerInput, type ImageHandler } from '@xen-image/core/plugin';
import { actions } from './build.js';
import { memory } from './memory.js';

/** The APIC id of a vcpu is twice its number, and has eight bits. */
const MAX_VCPUS = 128;

function refuse({ config, host }: HandlerInput): void {
  const domain = { name: config.name };
  if (!host.hypervisor.hap) {
    throw new XenImageError('PVH_NEEDS_HAP', 'PVH guests need hardware-assisted paging, which this host lacks', {
      phase: 'plan',
      domain,
      hint: 'xl info shows hap among virt_caps; make the guest PV where it is missing.',
    });
  }
  if (config.vcpus.maximum > MAX_VCPUS) {
    throw new XenImageError('PVH_VCPUS', `a PVH guest has at most ${MAX_VCPUS} vcpus, not ${config.vcpus.maximum}`, {
      phase: 'plan',
      domain,
      hint: `Give maxvcpus = ${MAX_VCPUS} or less.`,
    });
  }
}

/** A PVH guest: the guest's own kernel in an HVM container, nothing emulated but the local APIC. */
export const pvhHandler: ImageHandler = {
  supports: { container: 'hvm', deviceModel: false, restore: false, cpuid: true, superpages: false },
  memory,
  plan(input) {
    refuse(input);
    return {
      ostype: 'pvh',
      domain: { container: 'hvm', hap: true, emulation: 'lapic' },
      actions: actions(input, memory(input)),
      deviceModel: { program: null, args: deviceModelArgs({}), environment: {}, vncPassword: null },
    };
  },
};
