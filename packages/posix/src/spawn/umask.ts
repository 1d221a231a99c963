import { isMainThread } from 'node:worker_threads';

/** Does what inherits the umask with this one. A worker cannot set it, and leaves it as it is. */
export function withUmask<T>(umask: number, work: () => T): T {
  if (!isMainThread) return work();
  const before = process.umask(umask);
  try {
    return work();
  } finally {
    process.umask(before);
  }
}
