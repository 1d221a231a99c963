import { XenImageError } from '@xen-image/core';
import { errorLines, failureErrno, xcError } from './errors.js';
import type { XcHandle } from './handle.js';
import { unpackVersion, versionText } from './version.js';
import { errnoName } from '@xen-image/ffi';

/** Large enough for what any version writes about one domain. */
const AMPLE_BYTES = 512;

/**
 * Sees that hypervisor, libraries and table are of one version.
 *
 * The hypervisor says its version to anybody. Whether it takes the libraries' control calls (domctl, whose version it compares
 * with its own at every call) is tried with the one that changes nothing: what it knows of domain 0.
 * @throws XenImageError `XEN_VERSION_MISMATCH`
 */
export async function checkAgreement(handle: XcHandle): Promise<void> {
  const { abi } = handle;
  const packed = await handle.require('xc_version', undefined, handle.pointer, abi.constants.versionVersion, null);
  const running = versionText(unpackVersion(packed));
  if (running !== abi.version) {
    throw mismatch(`the hypervisor is Xen ${running}, the libraries are of Xen ${abi.version}`, {
      running,
      libraries: abi.version,
    });
  }
  const info = Buffer.alloc(AMPLE_BYTES);
  const single = handle.has('xc_domain_getinfo_single');
  const outcome = single
    ? await handle.invoke('xc_domain_getinfo_single', handle.pointer, 0, info)
    : await handle.invoke('xc_domain_getinfo', handle.pointer, 0, 1, info);
  if (outcome.result >= 0) return;
  const errno = errnoName(failureErrno(outcome.result, outcome.errno));
  if (errno !== 'EACCES') {
    const call = single ? 'xc_domain_getinfo_single' : 'xc_domain_getinfo';
    throw xcError({ call, ...outcome, said: errorLines(outcome.lines) }, undefined, { phase: 'connect' });
  }
  throw mismatch(
    `the hypervisor does not take the control calls of Xen ${abi.version} (domctl ${hex(abi.constants.domctlVersion)})`,
    { running, domctlVersion: abi.constants.domctlVersion },
  );
}

function mismatch(message: string, data: Readonly<Record<string, unknown>>): XenImageError {
  return new XenImageError('XEN_VERSION_MISMATCH', message, {
    phase: 'connect',
    data,
    hint: 'boot the hypervisor that the installed libraries belong to, or install those of the running one',
  });
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
