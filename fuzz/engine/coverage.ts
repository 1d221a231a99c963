import { Session, type Profiler } from 'node:inspector';

/** Tells which code inputs have reached. */
export interface Coverage {
  /** Places reached since the last look that were not reached before {@link Coverage.learn}. */
  news(): readonly string[];
  /** Counts places among those that are known. */
  learn(places: readonly string[]): void;
  /** Places known. */
  readonly size: number;
}

/**
 * V8's own counters of blocks, over the script whose address ends so.
 *
 * They are there in every Node, work on the code as it is, and cost about as much again as the code; a look takes some
 * milliseconds, so that there is one for many inputs.
 */
export function coverageOf(script: string): Coverage {
  const session = new Session();
  session.connect();
  const post = (method: string, params: object = {}): unknown => {
    let answer: unknown;
    session.post(method, params, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  };
  post('Profiler.enable');
  post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const seen = new Set<string>();
  return {
    news() {
      const found: string[] = [];
      const { result } = post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
      for (const { url, functions } of result) {
        if (!url.endsWith(script)) continue;
        for (const { ranges } of functions) {
          for (const { startOffset, endOffset, count } of ranges) {
            const place = `${startOffset} ${endOffset}`;
            if (count > 0 && !seen.has(place)) found.push(place);
          }
        }
      }
      return found;
    },
    learn(places) {
      for (const place of places) seen.add(place);
    },
    get size() {
      return seen.size;
    },
  };
}
