import type { HostFacts } from '@xen-image/core';

/** Seconds east of UTC in this machine's zone at a moment. */
function zoneOffsetSeconds(now: Date): number {
  return 0 - now.getTimezoneOffset() * 60;
}

/** Where Debian 12's packages of Xen 4.17 put things. */
const TODAY: HostFacts['options'] = {
  vncPassword: null,
  vncListen: '127.0.0.1',
  vncTls: null,
  deviceModel: '/usr/libexec/xen-qemu-system-i386',
  hvmloader: '/usr/lib/xen-4.17/boot/hvmloader',
  seabios: '/usr/share/seabios/bios-256k.bin',
  ovmf: '/usr/share/ovmf/OVMF.fd',
  defaultBridge: 'xenbr0',
};

/** Where xend's own installation put them. */
const XEND: HostFacts['options'] = {
  ...TODAY,
  deviceModel: '/usr/lib/xen/bin/qemu-dm',
  hvmloader: '/usr/lib/xen/boot/hvmloader',
  seabios: null,
  ovmf: null,
};

/** Facts to plan with where there is no host, with a name for them. */
export interface BuiltInFacts {
  readonly facts: HostFacts;
  /** As in "planned for …". */
  readonly name: string;
}

/**
 * A typical host, for plans on machines that are none: Xen 4.17 on x86, or one of xend's time for its profile.
 *
 * @param profile - the profile that is planned under
 * @param arch - the guest's arch; x86 where not given
 */
export function builtInFacts(profile: string, arch = 'x86', now = new Date()): BuiltInFacts {
  const xend = profile === 'xend';
  const version = xend ? '3.4' : '4.17';
  const capabilities =
    arch === 'ia64'
      ? 'xen-3.0-ia64 hvm-3.0-ia64'
      : 'xen-3.0-x86_64 xen-3.0-x86_32p hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64';
  return {
    name: `a typical Xen ${version} host`,
    facts: {
      arch,
      hypervisor: { version, capabilities, hap: !xend },
      clock: { nowEpochSeconds: Math.floor(now.getTime() / 1000), zoneOffsetSeconds: zoneOffsetSeconds(now) },
      options: xend ? XEND : TODAY,
      bridges: ['xenbr0'],
      totalMemoryKib: null,
      freeMemoryKib: null,
      cpus: null,
    },
  };
}
