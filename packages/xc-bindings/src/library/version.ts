import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signature, type ForeignBackend } from '@xen-image/ffi';
import { XenImageError } from '@xen-image/core';

/** A hypervisor's version. */
export interface XenVersion {
  readonly major: number;
  readonly minor: number;
}

/** `4.17` */
export function versionText({ major, minor }: XenVersion): string {
  return `${String(major)}.${String(minor)}`;
}

/** The version in what `XENVER_version` answers: major in the upper half, minor in the lower (xen/include/public/version.h). */
export function unpackVersion(packed: number): XenVersion {
  return { major: Math.trunc(packed / 0x1_0000), minor: packed % 0x1_0000 };
}

/** Where Linux shows the hypervisor. */
export const SYS_HYPERVISOR = '/sys/hypervisor';

/** `__HYPERVISOR_xen_version` (xen/include/public/xen.h) and `XENVER_version` (version.h). */
const HYPERCALL_XEN_VERSION = 17;
const XENVER_VERSION = 0;

/**
 * The version of the hypervisor that this system runs on.
 *
 * Linux tells it in /sys without any right. Where a kernel has no such directory, the hypervisor is asked through
 * libxencall, whose interface is the same for all versions.
 * @throws XenImageError `XEN_NOT_RUNNING`
 */
export async function runningVersion(
  openForeign: () => Promise<ForeignBackend>,
  sysHypervisor: string = SYS_HYPERVISOR,
): Promise<XenVersion> {
  const shown = await versionFromSys(sysHypervisor);
  return shown ?? askedVersion(await openForeign());
}

async function versionFromSys(directory: string): Promise<XenVersion | undefined> {
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(directory, name), 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  if ((await read('type')) !== 'xen') return undefined;
  const [major, minor] = [await read('version/major'), await read('version/minor')];
  if (major === undefined || minor === undefined) return undefined;
  const version = { major: Number(major), minor: Number(minor) };
  return Number.isSafeInteger(version.major) && Number.isSafeInteger(version.minor) ? version : undefined;
}

function askedVersion(foreign: ForeignBackend): XenVersion {
  const version = tryAsking(foreign);
  if (version !== undefined) return version;
  throw new XenImageError('XEN_NOT_RUNNING', 'this system does not run on Xen, or shows nothing of it', {
    hint: 'boot this system as the control domain of Xen, with the modules xen-privcmd and xenfs loaded',
  });
}

function tryAsking(foreign: ForeignBackend): XenVersion | undefined {
  let library;
  try {
    library = foreign.open(['libxencall.so.1']);
  } catch {
    return undefined;
  }
  const open = library.bind(signature('xencall_open', 'pointer', ['pointer', 'uint32']));
  const close = library.bind(signature('xencall_close', 'int', ['pointer']));
  const call = library.bind(signature('xencall2', 'int', ['pointer', 'uint32', 'uint64', 'uint64']));
  const handle = open.call(null, 0).result;
  if (handle === 0n) return undefined;
  try {
    const { result } = call.call(handle, HYPERCALL_XEN_VERSION, XENVER_VERSION, 0);
    return result < 0 ? undefined : unpackVersion(result);
  } finally {
    close.call(handle);
  }
}
