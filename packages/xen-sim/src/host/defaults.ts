import type { HostFacts } from '@xen-image/core';

/** Capabilities of Xen 4.17 on a processor with hardware virtualisation. */
export const FULL_CAPABILITIES = 'xen-3.0-x86_64 xen-3.0-x86_32p hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 ';

/** Host options as Debian 12 packages them. */
export const DEFAULT_OPTIONS: HostFacts['options'] = {
  vncPassword: null,
  vncListen: '127.0.0.1',
  vncTls: null,
  deviceModel: '/usr/libexec/xen-qemu-system-i386',
  hvmloader: '/usr/lib/xen-4.17/boot/hvmloader',
  seabios: '/usr/share/seabios/bios-256k.bin',
  ovmf: '/usr/share/ovmf/OVMF.fd',
  defaultBridge: 'xenbr0',
};
