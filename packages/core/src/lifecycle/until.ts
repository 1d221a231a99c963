import type { XenStore } from '../contract/ports/xenstore.js';
import { timeLimit } from '../execute/time-limit.js';

/**
 * Waits until `look` has an answer: it looks at once, and again at each change below a path of the store.
 *
 * @returns `undefined` where the time, or the signal, ended the wait
 */
export async function untilKnown<T>(
  store: XenStore,
  path: string,
  look: () => Promise<T | undefined>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const limit = timeLimit(timeoutMs, signal);
  try {
    for await (const _ of store.watch(path, { signal: limit.signal })) {
      const found = await look();
      if (found !== undefined) return found;
    }
    return undefined;
  } finally {
    limit.end();
  }
}
