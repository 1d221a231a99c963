import { FRAMES_2M } from '../units.js';
import { appendRun, type FrameRun } from './frame-run.js';
import { LowestSet } from './lowest-set.js';

/**
 * Free frames of those 2 MiB regions that are neither free nor taken as a whole, as runs within each region.
 *
 * It never holds a whole region: {@link PartialRegions.add} says when one has become whole.
 */
export class PartialRegions {
  /** Runs by region, ascending: start within the region, count, start, count, … */
  readonly #runs = new Map<number, number[]>();
  readonly #regions = new LowestSet();
  #frames = 0;

  /** Free frames in all regions together. */
  get frames(): number {
    return this.#frames;
  }

  /** Whether some frames of a region are free. */
  has(region: number): boolean {
    return this.#runs.has(region);
  }

  /**
   * Makes frames of one region free.
   *
   * @returns whether the region is free as a whole now; it is no longer held here then
   * @throws Error where one of them is free already
   */
  add(region: number, start: number, count: number): boolean {
    const runs = this.#runs.get(region) ?? [];
    const at = insertionPoint(runs, start);
    const previousEnd = at === 0 ? 0 : (runs[at - 2] as number) + (runs[at - 1] as number);
    const next = runs[at] ?? FRAMES_2M;
    if (start < previousEnd || start + count > next) throw new Error(`frames of region ${region} are freed twice`);
    this.#frames += count;
    const joinsPrevious = at > 0 && previousEnd === start;
    const joinsNext = at < runs.length && start + count === next;
    if (joinsPrevious && joinsNext) {
      runs[at - 1] = (runs[at - 1] as number) + count + (runs[at + 1] as number);
      runs.splice(at, 2);
    } else if (joinsPrevious) runs[at - 1] = (runs[at - 1] as number) + count;
    else if (joinsNext) runs.splice(at, 2, start, count + (runs[at + 1] as number));
    else runs.splice(at, 0, start, count);
    if (runs.length === 2 && runs[1] === FRAMES_2M) {
      this.#forget(region);
      this.#frames -= FRAMES_2M;
      return true;
    }
    this.#runs.set(region, runs);
    this.#regions.add(region);
    return false;
  }

  /** Takes up to so many frames, the lowest first. */
  take(count: number, into: FrameRun[]): number {
    let taken = 0;
    while (taken < count) {
      const region = this.#regions.lowest();
      if (region === undefined) break;
      const runs = this.#runs.get(region) as number[];
      const start = runs[0] as number;
      const size = Math.min(runs[1] as number, count - taken);
      appendRun(into, region * FRAMES_2M + start, size);
      if (size === runs[1]) runs.splice(0, 2);
      else runs.splice(0, 2, start + size, (runs[1] as number) - size);
      if (runs.length === 0) this.#forget(region);
      taken += size;
    }
    this.#frames -= taken;
    return taken;
  }

  /** Regions with free frames, ascending, each with its runs as absolute frames. */
  *entries(): Iterable<readonly [region: number, runs: FrameRun[]]> {
    for (const region of this.#regions.sorted()) {
      const flat = this.#runs.get(region) ?? [];
      const runs: FrameRun[] = [];
      for (let at = 0; at < flat.length; at += 2) {
        runs.push({ start: region * FRAMES_2M + (flat[at] as number), count: flat[at + 1] as number });
      }
      yield [region, runs];
    }
  }

  #forget(region: number): void {
    this.#runs.delete(region);
    this.#regions.delete(region);
  }
}

/** Index of the first run that begins after `start`. A region has few runs; fragmentation of 4 KiB at worst 256. */
function insertionPoint(runs: readonly number[], start: number): number {
  let low = 0;
  let high = runs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[2 * middle] as number) <= start) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}
