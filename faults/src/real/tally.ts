import { isXenImageError } from '@xen-image/core';
import { expect } from '../points/failure.js';
import type { Point } from '../points/point.js';
import type { Lie } from './lies.js';
import type { Ending } from './verdict.js';

/** How often a lie was told, and how often the operation failed by it. */
export class Tally {
  readonly #lies = new Map<Lie, { told: number; noticed: number }>();
  readonly #underway = new Set<Promise<void>>();

  add(lie: Lie, ending: Ending): void {
    const counts = this.#lies.get(lie) ?? { told: 0, noticed: 0 };
    counts.told += 1;
    const code = ending.what === 'rejected' && isXenImageError(ending.error) ? ending.error.code : '';
    if (lie.noticed?.includes(code) === true) counts.noticed += 1;
    this.#lies.set(lie, counts);
  }

  /** A point whose tries are waited for. */
  counted(point: Point): Point {
    return {
      ...point,
      run: () => {
        const trial = point.run();
        const settled = trial.then(
          () => undefined,
          () => undefined,
        );
        this.#underway.add(settled);
        return trial;
      },
    };
  }

  /**
   * A client that takes lies for the truth would pass all other points: the host may be as it should be by luck. A lie is told where
   * nobody waits any more, too, so that a third of them is enough.
   */
  point(speaker: string, lie: Lie): Point {
    return {
      kind: 'noticed',
      name: `answers of ${speaker} ${lie.what} are noticed`,
      run: async () => {
        await Promise.all(this.#underway);
        const { told = 0, noticed = 0 } = this.#lies.get(lie) ?? {};
        expect(3 * noticed >= told, `of ${told} answers ${lie.what}, ${noticed} were noticed`);
      },
    };
  }
}
