import type { HostFacts } from '../../src/plugin.js';

/** Facts of a made-up Xen 4.17 host. */
export function hostFacts(change: Partial<HostFacts> = {}): HostFacts {
  return {
    arch: 'x86',
    hypervisor: { version: '4.17', capabilities: 'xen-3.0-x86_64 hvm-3.0-x86_32 hvm-3.0-x86_64', hap: true },
    clock: { nowEpochSeconds: 1_700_000_000, zoneOffsetSeconds: 3600 },
    options: {
      vncPassword: null,
      vncListen: '127.0.0.1',
      vncTls: null,
      deviceModel: '/usr/libexec/xen-qemu-system-i386',
      hvmloader: '/usr/lib/xen-4.17/boot/hvmloader',
      seabios: '/usr/share/seabios/bios-256k.bin',
      ovmf: null,
      defaultBridge: 'xenbr0',
    },
    bridges: ['xenbr0'],
    totalMemoryKib: 8 * 1024 * 1024,
    freeMemoryKib: 4 * 1024 * 1024,
    cpus: 4,
    ...change,
  };
}
