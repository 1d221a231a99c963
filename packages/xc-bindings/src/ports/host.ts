import { constants } from 'node:fs';
import { access, lstat, readdir, rm, stat } from 'node:fs/promises';
import createDebug from 'debug';
import { XenImageError, type Host, type HostFacts, type HostOptions } from '@xen-image/core';
import { physInfo, xenInfo } from '../calls/host.js';
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

async function firstThere(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const there = await access(path, constants.R_OK).then(
      () => true,
      () => false,
    );
    if (there) return path;
  }
  return undefined;
}

async function bridges(): Promise<string[]> {
  const interfaces = await readdir('/sys/class/net').catch(() => []);
  const kinds = await Promise.all(
    interfaces.map((name) =>
      stat(`/sys/class/net/${name}/bridge`).then(
        () => name,
        () => undefined,
      ),
    ),
  );
  return kinds.filter((name) => name !== undefined);
}

/** Options of a host where its operator says otherwise. */
export type HostOverrides = Partial<HostOptions>;

async function options(version: string, found: readonly string[], overrides: HostOverrides): Promise<HostOptions> {
  const known = places(version);
  const [deviceModel, hvmloader, seabios, ovmf] = await Promise.all([
    firstThere(known.deviceModel),
    firstThere(known.hvmloader),
    firstThere(known.seabios),
    firstThere(known.ovmf),
  ]);
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
      const info = await xenInfo(xc);
      const machine = await physInfo(xc);
      const version = `${String(info.major)}.${String(info.minor)}`;
      const found = await bridges();
      const now = new Date();
      return {
        arch: 'x86',
        hypervisor: { version, capabilities: info.capabilities, hap: machine.capabilities.hap },
        clock: { nowEpochSeconds: Math.floor(now.getTime() / 1000), zoneOffsetSeconds: -60 * now.getTimezoneOffset() },
        options: await options(version, found, overrides),
        bridges: found,
        totalMemoryKib: machine.totalPages * PAGE_KIB,
        freeMemoryKib: machine.freePages * PAGE_KIB,
        cpus: machine.cpus,
      };
    },
    capabilities: async () => (await xenInfo(await session.handle())).capabilities,
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
