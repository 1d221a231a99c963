import type { Codes } from './points/failure.js';
import type { Point } from './points/point.js';

/** Points that belong together, always in the same order, so that each can be found again by its number. */
export interface Suite {
  readonly name: string;
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
  for await (const point of suite.points(codes)) {
    const { kind, name } = point;
    number += 1;
    if (only !== undefined && number !== only) continue;
    tried += 1;
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    try {
      await point.run();
    } catch (error) {
      failed.push({ number, kind, name, why: error instanceof Error ? error.message : String(error) });
    }
    if (number === only) break;
  }
  return { suite: suite.name, tried, kinds, failed, tookMs: Date.now() - begun };
}
