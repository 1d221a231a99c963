import { XenImageError } from '@xen-image/core';

/** Codes and meanings of the errnos that xenstored answers (xen/include/public/io/xs_wire.h, xsd_errors). */
const ERRNOS: Readonly<Record<string, readonly [code: string, meaning: string]>> = {
  EINVAL: ['XENSTORE_INVAL', 'the request is not valid'],
  EACCES: ['XENSTORE_ACCES', 'the permissions of the node or of its parents forbid it'],
  EEXIST: ['XENSTORE_EXIST', 'it exists already'],
  ENOENT: ['XENSTORE_NOENT', 'there is no such node'],
  ENOSPC: ['XENSTORE_NOSPC', 'a quota is reached'],
  EAGAIN: ['XENSTORE_AGAIN', 'another client changed what the transaction had read or written'],
  E2BIG: ['XENSTORE_TOO_BIG', 'it exceeds what a message holds, or a quota is reached'],
  EPERM: ['XENSTORE_PERM', 'only the control domain may do it'],
};

/** The error for a refused request: the request's name as `call`, the path in `data.path`. */
export function storeError(errno: string, call: string, path?: string, why?: string): XenImageError {
  const [code, meaning] = ERRNOS[errno] ?? ['XENSTORE_FAILED', 'xenstore refused it'];
  const of = path === undefined ? '' : ` of ${path}`;
  return new XenImageError(code, `xenstore ${call}${of} failed: ${why ?? meaning} (${errno})`, {
    call,
    errno,
    ...(path === undefined ? {} : { data: { path } }),
  });
}
