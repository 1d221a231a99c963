import { failed, type Failure } from '../system.js';

/** Where programs are where no `PATH` says so (`_CS_PATH`). */
const DEFAULT_PATH = '/bin:/usr/bin';
/** With these the next directory is looked into. */
const NOT_HERE: readonly string[] = ['ENOENT', 'ENOTDIR', 'ESTALE', 'ENODEV', 'ETIMEDOUT'];

/**
 * Tries a program where execvp(3) would: by its path where that has a slash, else in each directory of `PATH`. One that may not
 * be executed is the reason that is told where none can be.
 */
export function searched<T>(
  program: string,
  path: string | undefined,
  attempt: (program: string) => T | Failure,
): T | Failure {
  if (program.includes('/')) return attempt(program);
  let refusal: Failure = { call: 'execve', errno: 'ENOENT' };
  for (const directory of (path ?? DEFAULT_PATH).split(':')) {
    const outcome = attempt(directory === '' ? program : `${directory}/${program}`);
    if (!failed(outcome)) return outcome;
    if (outcome.errno !== 'EACCES' && !NOT_HERE.includes(outcome.errno)) return outcome;
    if (refusal.errno !== 'EACCES') refusal = outcome;
  }
  return refusal;
}
