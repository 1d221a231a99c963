import type { FrameRun } from './frame-run.js';

/** Guest frames that follow one another, on machine frames that follow one another. */
export interface PhysmapRun {
  readonly gfn: number;
  readonly mfn: number;
  readonly count: number;
}

/** Which machine frame stands behind which frame of a guest, as runs. */
export class Physmap {
  /** Ascending by gfn, no two of them joinable. */
  #runs: PhysmapRun[] = [];
  #frames = 0;

  constructor(runs: Iterable<PhysmapRun> = []) {
    for (const { gfn, mfn, count } of runs) this.add(gfn, mfn, count);
  }

  /** Frames in it. */
  get frames(): number {
    return this.#frames;
  }

  get runs(): readonly PhysmapRun[] {
    return this.#runs;
  }

  /**
   * Puts machine frames behind guest frames.
   *
   * @throws Error where one of the guest frames has memory already
   */
  add(gfn: number, mfn: number, count: number): void {
    if (count === 0) return;
    const at = this.#firstAfter(gfn);
    const previous = this.#runs[at - 1];
    const next = this.#runs[at];
    if (previous !== undefined && previous.gfn + previous.count > gfn) throw new Error(`gfn ${gfn} is populated twice`);
    if (next !== undefined && gfn + count > next.gfn) throw new Error(`gfn ${next.gfn} is populated twice`);
    this.#frames += count;
    let run: PhysmapRun = { gfn, mfn, count };
    let from = at;
    let remove = 0;
    if (previous !== undefined && follows(previous, run)) {
      run = { ...previous, count: previous.count + count };
      from -= 1;
      remove += 1;
    }
    if (next !== undefined && follows(run, next)) {
      run = { ...run, count: run.count + next.count };
      remove += 1;
    }
    this.#runs.splice(from, remove, run);
  }

  /** The machine frame behind a guest frame; `undefined` where there is none. */
  mfnOf(gfn: number): number | undefined {
    const run = this.#runs[this.#firstAfter(gfn) - 1];
    return run !== undefined && gfn < run.gfn + run.count ? run.mfn + (gfn - run.gfn) : undefined;
  }

  /** Whether any of these guest frames has memory. */
  overlaps(gfn: number, count: number): boolean {
    const at = this.#firstAfter(gfn);
    const previous = this.#runs[at - 1];
    const next = this.#runs[at];
    return (
      (previous !== undefined && previous.gfn + previous.count > gfn) || (next !== undefined && next.gfn < gfn + count)
    );
  }

  /** Takes guest frames out, as far as they have memory, and answers the machine frames that stood behind them. */
  remove(gfn: number, count: number): FrameRun[] {
    const freed: FrameRun[] = [];
    const kept: PhysmapRun[] = [];
    const end = gfn + count;
    for (const run of this.#runs) {
      const from = Math.max(run.gfn, gfn);
      const to = Math.min(run.gfn + run.count, end);
      if (from >= to) {
        kept.push(run);
        continue;
      }
      freed.push({ start: run.mfn + (from - run.gfn), count: to - from });
      if (run.gfn < from) kept.push({ gfn: run.gfn, mfn: run.mfn, count: from - run.gfn });
      const after = run.gfn + run.count - to;
      if (after > 0) kept.push({ gfn: to, mfn: run.mfn + (to - run.gfn), count: after });
    }
    this.#runs = kept;
    for (const run of freed) this.#frames -= run.count;
    return freed;
  }

  /** Takes everything out and answers the machine frames. */
  clear(): FrameRun[] {
    const freed = this.#runs.map(({ mfn, count }) => ({ start: mfn, count }));
    this.#runs = [];
    this.#frames = 0;
    return freed;
  }

  /** Index of the first run that begins after a guest frame. */
  #firstAfter(gfn: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#runs[middle] as PhysmapRun).gfn <= gfn) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function follows(first: PhysmapRun, second: PhysmapRun): boolean {
  return first.gfn + first.count === second.gfn && first.mfn + first.count === second.mfn;
}
