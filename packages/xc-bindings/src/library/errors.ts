import { errnoName } from '@xen-image/ffi';
import { XenImageError, type DomainRef, type XenImageErrorDetails } from '@xen-image/core';

/** A call of Xen's libraries that failed. */
export interface FailedCall {
  /** The function's name. */
  readonly call: string;
  /** What it returned. */
  readonly result: number | bigint;
  /** `errno` after it; `undefined` where it was lost. */
  readonly errno: number | undefined;
  /** What the libraries said while it ran; see {@link errorLines}. */
  readonly said: readonly string[];
}

/** The highest error number of Linux and Xen: a result between it and 0, negated, is one. */
const MOST_ERRNO = 4095;

/** Lines of the libraries' log that tell of a failure, without their level. */
const TELLING = /^(?:(?<context>[^:\s]+): )?(?:error|critical): (?<text>.*)$/s;

/** The telling lines among those that the libraries logged, in order, repeated ones once. */
export function errorLines(lines: readonly string[]): string[] {
  const said = lines.flatMap((line) => {
    const groups = TELLING.exec(line)?.groups;
    if (groups === undefined) return [];
    const { context, text = '' } = groups;
    return [context === undefined ? text : `${context}: ${text}`];
  });
  return [...new Set(said)];
}

/**
 * The error number of a failed call. Most functions return -1 and set errno; some return the negated number (where that
 * is EPERM the two look the same, and errno decides).
 */
export function failureErrno(result: number | bigint, errno: number | undefined): number | undefined {
  const returned = -Number(result);
  return returned > 1 && returned <= MOST_ERRNO ? returned : errno;
}

/**
 * The error of a failed call: `HYPERVISOR_CALL_FAILED` with the call's name, its errno by name, and what the libraries
 * said.
 */
export function xcError(failed: FailedCall, domain?: DomainRef, details: XenImageErrorDetails = {}): XenImageError {
  const errno = errnoName(failureErrno(failed.result, failed.errno));
  const last = failed.said.at(-1);
  const about = domain?.domid === undefined ? '' : ` for domain ${String(domain.domid)}`;
  const hint = HINTS[errno];
  return new XenImageError(
    'HYPERVISOR_CALL_FAILED',
    `${failed.call} failed${about}: ${errno}${last === undefined ? '' : ` (${last})`}`,
    {
      call: failed.call,
      errno,
      ...(domain === undefined ? {} : { domain }),
      ...(failed.said.length === 0 ? {} : { said: failed.said }),
      ...(hint === undefined ? {} : { hint }),
      ...details,
    },
  );
}

/** What an error number of the hypervisor commonly means to an operator. */
const HINTS: Readonly<Record<string, string>> = {
  EPERM: 'run as root in the control domain',
  EACCES: 'run as root in the control domain; a hypervisor of another version than its libraries answers the same',
  ENOMEM: 'free memory: see the free memory that `xen-image doctor` shows, and the limits of the domain',
  ESRCH: 'the domain is gone',
};
