import { isXenImageError, XenImageError } from '@xen-image/core';

/** The errno's name of a failed call of Node's `fs`. */
export function errnoOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

/** Something that stands where only this toolstack should have put something. */
export function unsafe(path: string, why: string): XenImageError {
  return new XenImageError('FILE_UNSAFE', `${path} ${why}`, {
    phase: 'device-model',
    data: { path },
    hint: 'Remove it, and see who can write to its directory.',
  });
}

/** A failed call of Node's `fs` as a coded error; coded errors are passed on. */
export function fileFailure(error: unknown, what: string, path: string): XenImageError {
  if (isXenImageError(error)) return error;
  const { code = 'unknown', syscall, message } = error as NodeJS.ErrnoException;
  return new XenImageError('SYSTEM_CALL_FAILED', `${what} ${path}: ${message}`, {
    phase: 'device-model',
    errno: code,
    ...(syscall === undefined ? {} : { call: syscall }),
    data: { path },
    cause: error,
  });
}
