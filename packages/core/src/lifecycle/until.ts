import type { XenStore } from '../contract/ports/xenstore.js';

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
  const ended = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]);
  for await (const _ of store.watch(path, { signal: ended })) {
    const found = await look();
    if (found !== undefined) return found;
  }
  return undefined;
}
