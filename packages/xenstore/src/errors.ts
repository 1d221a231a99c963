import { isXenImageError, XenImageError } from '@xen-image/core';
import type { OpName } from './operations.js';

/** What an errno of the daemon's means, and what can be done about it. */
interface ErrnoMeaning {
  readonly code: string;
  readonly meaning: string;
  readonly hint?: string;
}

const QUOTA_HINT = 'A quota of the xenstore daemon is reached; xenstore-control quota shows the quotas.';

/**
 * The errnos of xs_wire.h (`xsd_errors`), and `EQUOTA`, which oxenstored sends.
 *
 * A name that is not in this table becomes `XENSTORE_FAILED`.
 */
const ERRNOS: Readonly<Record<string, ErrnoMeaning>> = {
  EINVAL: { code: 'XENSTORE_INVAL', meaning: 'the request is not valid' },
  EACCES: {
    code: 'XENSTORE_ACCES',
    meaning: 'the permissions of the node or of its parents forbid it',
    hint: 'xenstore-ls -p shows the permissions; only dom0 passes over them.',
  },
  EEXIST: { code: 'XENSTORE_EXIST', meaning: 'it exists already' },
  EISDIR: { code: 'XENSTORE_ISDIR', meaning: 'it is a directory' },
  ENOENT: { code: 'XENSTORE_NOENT', meaning: 'there is no such node, watch or transaction' },
  ENOMEM: {
    code: 'XENSTORE_NOMEM',
    meaning: 'the daemon has no memory for it, or a request of the transaction failed',
  },
  ENOSPC: { code: 'XENSTORE_NOSPC', meaning: 'a quota is reached', hint: QUOTA_HINT },
  EIO: { code: 'XENSTORE_IO', meaning: "the daemon's own data could not be read or written" },
  ENOTEMPTY: { code: 'XENSTORE_NOTEMPTY', meaning: 'the node has children' },
  ENOSYS: { code: 'XENSTORE_NOSYS', meaning: 'the daemon does not know this request' },
  EROFS: { code: 'XENSTORE_ROFS', meaning: 'the store is read-only' },
  EBUSY: { code: 'XENSTORE_BUSY', meaning: 'a transaction cannot be started within a transaction' },
  EAGAIN: { code: 'XENSTORE_AGAIN', meaning: 'another client changed what the transaction had read or written' },
  EISCONN: { code: 'XENSTORE_ISCONN', meaning: 'the domain is connected already' },
  E2BIG: {
    code: 'XENSTORE_TOO_BIG',
    meaning: 'the answer exceeds 4096 bytes, or a quota is reached',
    hint: QUOTA_HINT,
  },
  EPERM: { code: 'XENSTORE_PERM', meaning: 'only the control domain may do it' },
  EQUOTA: { code: 'XENSTORE_QUOTA', meaning: 'a quota is reached', hint: QUOTA_HINT },
};

/** Which request an error speaks of. */
export interface RequestRef {
  readonly call: OpName;
  /** The path as it was asked for; absent for requests that have none. */
  readonly path?: string | undefined;
}

function describe({ call, path }: RequestRef): string {
  return path === undefined ? call : `${call} of ${path}`;
}

function dataOf({ call, path }: RequestRef): Record<string, unknown> {
  return path === undefined ? { op: call } : { op: call, path };
}

/** The error for an `ERROR` reply: its code by the errno, with the errno, the request and the path. */
export function daemonError(errno: string, request: RequestRef): XenImageError {
  const known = Object.hasOwn(ERRNOS, errno) ? ERRNOS[errno] : undefined;
  const meaning = known === undefined ? 'the xenstore daemon refused it' : known.meaning;
  return new XenImageError(
    known?.code ?? 'XENSTORE_FAILED',
    `xenstore ${describe(request)} failed: ${meaning} (${errno})`,
    {
      call: request.call,
      errno,
      data: dataOf(request),
      ...(known?.hint === undefined ? {} : { hint: known.hint }),
    },
  );
}

/** Code `XENSTORE_PAYLOAD_TOO_BIG`: the request does not fit into a message; nothing was sent. */
export function payloadError(request: RequestRef, bytes: number, limit: number): XenImageError {
  return new XenImageError(
    'XENSTORE_PAYLOAD_TOO_BIG',
    `xenstore ${describe(request)}: a request of ${bytes} bytes exceeds the ${limit} bytes that a message carries`,
    { call: request.call, data: { ...dataOf(request), bytes, limit } },
  );
}

/** Code `XENSTORE_PROTOCOL`: the daemon sent what the protocol does not allow. The connection ends with it. */
export function protocolError(what: string, data: Record<string, unknown> = {}): XenImageError {
  return new XenImageError('XENSTORE_PROTOCOL', `the xenstore daemon broke the protocol: ${what}`, { data });
}

/** Code `XENSTORE_DISCONNECTED`: the connection ended before the answer came; `sent` tells whether the request left. */
export function disconnectedError(request: RequestRef, sent: boolean, cause: unknown): XenImageError {
  const effect = sent ? 'whether it took effect is not known' : 'it was not sent';
  return new XenImageError(
    'XENSTORE_DISCONNECTED',
    `xenstore ${describe(request)}: the connection to the daemon is lost, ${effect}`,
    {
      call: request.call,
      data: { ...dataOf(request), sent },
      hint: 'A dead xenstored cannot be restarted on most systems: running guests lose their connection with it.',
      cause,
    },
  );
}

/**
 * The error for a request whose connection has ended: a liar's and a silent daemon's requests under way fail by that, a
 * closed client's as closed, the others as disconnected.
 */
export function endedError(request: RequestRef, sent: boolean, ended: Error): Error {
  const code = isXenImageError(ended) ? ended.code : undefined;
  if (code === 'XENSTORE_CLOSED') return closedError(request);
  if (sent && (code === 'XENSTORE_PROTOCOL' || code === 'XENSTORE_TIMEOUT')) return ended;
  return disconnectedError(request, sent, ended);
}

/** What a watch ends with when its connection has ended for good; a liar's and a silent daemon's as they are. */
export function watchEndedError(path: string, ended: Error): Error {
  if (isXenImageError(ended)) return ended;
  return new XenImageError('XENSTORE_DISCONNECTED', `the watch of ${path} ended: ${ended.message}`, {
    call: 'WATCH',
    data: { op: 'WATCH', path, sent: true },
    cause: ended,
  });
}

/** Code `XENSTORE_CLOSED`: the client was closed by its own program. */
export function closedError(request?: RequestRef): XenImageError {
  const what = request === undefined ? 'the xenstore client' : `xenstore ${describe(request)}: the client`;
  return new XenImageError('XENSTORE_CLOSED', `${what} is closed`, request === undefined ? {} : { call: request.call });
}

/** Code `XENSTORE_TRANSACTION_LOST`: the connection that the transaction lived on is gone, and the transaction with it. */
export function transactionLostError(request: RequestRef, cause: unknown): XenImageError {
  return new XenImageError(
    'XENSTORE_TRANSACTION_LOST',
    `xenstore ${describe(request)}: the transaction ended with the connection it was started on`,
    { call: request.call, data: dataOf(request), cause },
  );
}

/** Code `XENSTORE_TIMEOUT`: a request went unanswered for too long; the connection ends with it. */
export function timeoutError(request: RequestRef, timeoutMs: number): XenImageError {
  return new XenImageError(
    'XENSTORE_TIMEOUT',
    `xenstore ${describe(request)}: no answer from the daemon within ${timeoutMs} ms`,
    { call: request.call, data: { ...dataOf(request), timeoutMs } },
  );
}

/** Code `XENSTORE_CONNECT`: no daemon could be reached. */
export function connectError(address: string, cause: unknown): XenImageError {
  const errno = errnoOf(cause);
  const hint =
    errno === 'EACCES' || errno === 'EPERM'
      ? 'The xenstore socket belongs to root.'
      : 'Is this a dom0, and is xenstored running? (systemctl status xenstored; Debian: systemctl status xen)';
  return new XenImageError(
    'XENSTORE_CONNECT',
    `cannot reach xenstore at ${address}${errno === undefined ? '' : ` (${errno})`}`,
    { phase: 'connect', hint, data: { address }, cause, ...(errno === undefined ? {} : { errno }) },
  );
}

/** Code `ABORTED`: the caller's signal asked for the end; its reason is the cause. */
export function abortedError(signal: AbortSignal, request?: RequestRef): XenImageError {
  const what = request === undefined ? 'the xenstore operation' : `xenstore ${describe(request)}`;
  return new XenImageError('ABORTED', `${what} was aborted`, {
    cause: signal.reason,
    ...(request === undefined ? {} : { call: request.call, data: dataOf(request) }),
  });
}

/** The errno name that a system error carries, if it does. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { readonly code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/** Whether a name is one of the errnos that the wire protocol has. */
export function isErrno(name: string): boolean {
  return Object.hasOwn(ERRNOS, name);
}
