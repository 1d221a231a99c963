import type { Codes } from './points/failure.js';
import type { Point } from './points/point.js';

/** Points that belong together, always in the same order, so that each can be found again by its number. */
export interface Suite {
  readonly name: string;
  /** How many points are tried at once; one where not given. */
  readonly atOnce?: number;
  points(codes: Codes): AsyncGenerator<Point>;
}

/** A point that left something wrong. */
export interface Failed {
  /** Its number in the suite, from 1. */
  readonly number: number;
  readonly kind: string;
  readonly name: string;
  readonly why: string;
}

/** What came of a suite. */
export interface SuiteResult {
  readonly suite: string;
  readonly tried: number;
  /** Points by what befell. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly failed: readonly Failed[];
  readonly tookMs: number;
}

/** Tries the points of a suite, or the one of a number. */
export async function runSuite(suite: Suite, codes: Codes, only?: number): Promise<SuiteResult> {
  const begun = Date.now();
  const kinds: Record<string, number> = {};
  const failed: Failed[] = [];
  let number = 0;
  let tried = 0;
  const under = new Set<Promise<void>>();
  const attempt = async (point: Point, own: number): Promise<void> => {
    const { kind, name } = point;
    tried += 1;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    try {
      await point.run();
    } catch (error) {
      failed.push({ number: own, kind, name, why: error instanceof Error ? error.message : String(error) });
    }
  };
  for await (const point of suite.points(codes)) {
    number += 1;
    if (only !== undefined && number !== only) continue;
    const trial = attempt(point, number).finally(() => under.delete(trial));
    under.add(trial);
    if (under.size >= (suite.atOnce ?? 1)) await Promise.race(under);
    if (number === only) break;
  }
  await Promise.all(under);
  failed.sort((one, other) => one.number - other.number);
  return { suite: suite.name, tried, kinds, failed, tookMs: Date.now() - begun };
}
