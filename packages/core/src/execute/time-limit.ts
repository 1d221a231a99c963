/** The end of a wait. */
export interface TimeLimit {
  /** Aborts when the time is over, with a `TimeoutError`, or when a given signal does, with that one's reason. */
  readonly signal: AbortSignal;
  /** Lets go of the timer and the given signals: the wait is over. */
  end(): void;
}

/**
 * A time limit, in milliseconds, that given signals may cut short.
 *
 * In place of `AbortSignal.any` over `AbortSignal.timeout`, which Node collects as garbage while somebody waits for it: it then
 * never aborts.
 */
export function timeLimit(timeoutMs: number, ...signals: readonly (AbortSignal | undefined)[]): TimeLimit {
  const controller = new AbortController();
  const heard: (() => void)[] = [];
  const timer = setTimeout(() => {
    controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  }, timeoutMs);
  heard.push(() => {
    clearTimeout(timer);
  });
  for (const signal of signals) {
    if (signal === undefined) continue;
    const abort = (): void => {
      controller.abort(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    heard.push(() => {
      signal.removeEventListener('abort', abort);
    });
    if (signal.aborted) abort();
  }
  return {
    signal: controller.signal,
    end() {
      for (const letGo of heard.splice(0)) letGo();
    },
  };
}
