import type { HostFacts } from '@xen-image/core/plugin';
import { zoneOffsetSeconds } from './clock.js';
import type { XendHost } from './input.js';
import { isTrue, toText } from './python.js';

/** What xend saw of its host, as facts for planning. What it did not look at is not known. */
export function hostFacts(arch: string, { options, xenCaps, clock }: XendHost): HostFacts {
  return {
    arch,
    hypervisor: { version: null, capabilities: xenCaps, hap: false },
    clock: { nowEpochSeconds: clock.nowEpochSeconds, zoneOffsetSeconds: zoneOffsetSeconds(clock) },
    options: {
      vncPassword: isTrue(options.vncpasswd) ? toText(options.vncpasswd) : null,
      vncListen: toText(options.vncListen),
      vncTls: isTrue(options.vncTls)
        ? { certificateDirectory: toText(options.vncX509CertDir), verify: isTrue(options.vncX509Verify) }
        : null,
      deviceModel: '/usr/lib/xen/bin/qemu-dm',
      hvmloader: '/usr/lib/xen/boot/hvmloader',
      seabios: null,
      ovmf: null,
      defaultBridge: 'xenbr0',
    },
    bridges: [],
    totalMemoryKib: null,
    freeMemoryKib: null,
    cpus: null,
  };
}
