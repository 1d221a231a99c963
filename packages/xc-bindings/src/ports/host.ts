import { accessSync, constants, existsSync, readdirSync, statSync } from 'node:fs';
import { lstat, rm, stat } from 'node:fs/promises';
import createDebug from 'debug';
import { XenImageError, type Host, type HostFacts, type HostOptions } from '@xen-image/core';
import { physInfo, xenInfo, type XenInfo } from '../calls/host.js';
import type { XcHandle } from '../library/handle.js';
import type { XenLibraries } from '../library/libraries.js';
import type { XcSession } from './session.js';

const debug = createDebug('xen-image:host');
const PAGE_KIB = 4;

/** Places of files that a guest needs, by how Debian and builds from source install Xen; the first that is there counts. */
function places(
  version: string,
): Readonly<Record<'deviceModel' | 'hvmloader' | 'seabios' | 'ovmf', readonly string[]>> {
  return {
    deviceModel: [
      '/usr/libexec/xen-qemu-system-i386',
      `/usr/lib/xen-${version}/bin/qemu-system-i386`,
      '/usr/lib/xen/bin/qemu-system-i386',
      '/usr/local/lib/xen/bin/qemu-system-i386',
    ],
    hvmloader: [
      `/usr/lib/xen-${version}/boot/hvmloader`,
      '/usr/lib/xen/boot/hvmloader',
      '/usr/local/lib/xen/boot/hvmloader',
    ],
    seabios: ['/usr/share/seabios/bios-256k.bin', '/usr/lib/xen/boot/seabios.bin'],
    ovmf: ['/usr/share/ovmf/OVMF.fd', '/usr/lib/xen/boot/ovmf.bin'],
  };
}

/** What the hypervisor says of itself, asked once: another one comes only with another boot. */
const INFOS = new WeakMap<XenLibraries, Promise<XenInfo>>();

function knownInfo(xc: XcHandle): Promise<XenInfo> {
  const known = INFOS.get(xc.libraries) ?? xenInfo(xc);
  INFOS.set(xc.libraries, known);
  known.catch(() => INFOS.delete(xc.libraries));
  return known;
}

// A dozen looks at files in memory: done at once, they take less than one hop to a thread.

function firstThere(paths: readonly string[]): string | undefined {
  return paths.find((path) => {
    if (!existsSync(path)) return false;
    try {
      accessSync(path, constants.R_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function bridges(): string[] {
  let interfaces: string[];
  try {
    interfaces = readdirSync('/sys/class/net');
  } catch {
    return [];
  }
  return interfaces.filter(
    (name) => statSync(`/sys/class/net/${name}/bridge`, { throwIfNoEntry: false }) !== undefined,
  );
}

/** Options of a host where its operator says otherwise. */
export type HostOverrides = Partial<HostOptions>;

function options(version: string, found: readonly string[], overrides: HostOverrides): HostOptions {
  const known = places(version);
  const [deviceModel, hvmloader, seabios, ovmf] = [
    firstThere(known.deviceModel),
    firstThere(known.hvmloader),
    firstThere(known.seabios),
    firstThere(known.ovmf),
  ];
  return {
    vncPassword: null,
    vncListen: '127.0.0.1',
    vncTls: null,
    deviceModel: deviceModel ?? known.deviceModel[0] ?? '',
    hvmloader: hvmloader ?? known.hvmloader[0] ?? '',
    seabios: seabios ?? known.seabios[0] ?? null,
    ovmf: ovmf ?? null,
    defaultBridge: found[0] ?? 'xenbr0',
    ...overrides,
  };
}

/** `Host` of the machine this runs on. */
export function hostPort(session: XcSession, overrides: HostOverrides = {}): Host {
  return {
    async facts(): Promise<HostFacts> {
      const xc = await session.handle();
      const info = await knownInfo(xc);
      const machine = await physInfo(xc);
      const version = `${String(info.major)}.${String(info.minor)}`;
      const found = bridges();
      const now = new Date();
      return {
        arch: 'x86',
        hypervisor: { version, capabilities: info.capabilities, hap: machine.capabilities.hap },
        clock: { nowEpochSeconds: Math.floor(now.getTime() / 1000), zoneOffsetSeconds: -60 * now.getTimezoneOffset() },
        options: options(version, found, overrides),
        bridges: found,
        totalMemoryKib: machine.totalPages * PAGE_KIB,
        freeMemoryKib: machine.freePages * PAGE_KIB,
        cpus: machine.cpus,
      };
    },
    capabilities: async () => (await knownInfo(await session.handle())).capabilities,
    async pathKind(path) {
      const stats = await stat(path).catch(() => undefined);
      if (stats === undefined) return 'absent';
      return stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
    },
    async removeFile(path) {
      try {
        const stats = await lstat(path);
        if (!stats.isFile()) throw new Error(`${path} is no plain file`);
        await rm(path);
      } catch (error) {
        const { message, code = 'unknown' } = error as NodeJS.ErrnoException;
        throw new XenImageError('FILE_REMOVE_FAILED', `cannot remove ${path}: ${message}`, {
          errno: code,
          cause: error,
        });
      }
    },
    warn: (message) => {
      debug('%s', message);
    },
  };
}
