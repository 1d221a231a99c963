import { FRAMES_1G, FRAMES_2M, REGIONS_PER_GIB, type ExtentSize } from '../units.js';
import { appendRun, type FrameRun } from './frame-run.js';
import { LowestSet } from './lowest-set.js';
import { PartialRegions } from './partial-regions.js';

/**
 * The free frames of a machine, handed out in extents of 4 KiB, 2 MiB and 1 GiB.
 *
 * An extent begins at a multiple of its size. Smaller extents come from what is broken already, so that large ones
 * last; among equals the lowest address goes first. What is free decides alone which frames come next, whatever
 * happened before. Free neighbours become one again, as in a buddy allocator. It keeps no entry for a page: a wholly
 * free GiB is one entry.
 */
export class FrameAllocator {
  /** Wholly free GiB, by number. */
  readonly #gibs = new LowestSet();
  /** Wholly free 2 MiB regions of GiB that are not wholly free, by number. */
  readonly #regions = new LowestSet();
  /** How many regions of a GiB are in the regions above. */
  readonly #regionsOfGib = new Map<number, number>();
  readonly #partial = new PartialRegions();

  /** Free frames of any size. */
  get freeFrames(): number {
    return this.#gibs.size * FRAMES_1G + this.#regions.size * FRAMES_2M + this.#partial.frames;
  }

  /** How many extents of a size could be taken. */
  available(size: ExtentSize): number {
    if (size === '1g') return this.#gibs.size;
    if (size === '2m') return this.#gibs.size * REGIONS_PER_GIB + this.#regions.size;
    return this.freeFrames;
  }

  /** Takes extents of a size, in ascending order where memory allows; fewer where there are no more. */
  take(size: ExtentSize, count: number): FrameRun[] {
    const runs: FrameRun[] = [];
    if (size === '1g') this.#takeGibs(count, runs);
    else if (size === '2m') this.#takeRegions(count, runs);
    else this.#takeFrames(count, runs);
    return runs;
  }

  /**
   * Gives frames back.
   *
   * @throws Error where one of them is free already: an accounting defect of the simulator
   */
  free({ start, count }: FrameRun): void {
    let at = start;
    const end = start + count;
    while (at < end) {
      if (at % FRAMES_1G === 0 && end - at >= FRAMES_1G) {
        this.#freeGib(at / FRAMES_1G);
        at += FRAMES_1G;
        continue;
      }
      const region = Math.floor(at / FRAMES_2M);
      const within = at - region * FRAMES_2M;
      const size = Math.min(FRAMES_2M - within, end - at);
      if (this.#isFree(region) || (size === FRAMES_2M && this.#partial.has(region))) throw freedTwice(region);
      if (size === FRAMES_2M || this.#partial.add(region, within, size)) this.#freeRegion(region);
      at += size;
    }
  }

  /** All free frames as runs, ascending. */
  freeRuns(): FrameRun[] {
    const runs: FrameRun[] = [];
    for (const gib of this.#gibs.sorted()) runs.push({ start: gib * FRAMES_1G, count: FRAMES_1G });
    for (const region of this.#regions.sorted()) runs.push({ start: region * FRAMES_2M, count: FRAMES_2M });
    for (const [, partial] of this.#partial.entries()) runs.push(...partial);
    const joined: FrameRun[] = [];
    for (const { start, count } of runs.sort((a, b) => a.start - b.start)) appendRun(joined, start, count);
    return joined;
  }

  #isFree(region: number): boolean {
    return this.#regions.has(region) || this.#gibs.has(Math.floor(region / REGIONS_PER_GIB));
  }

  #takeGibs(count: number, into: FrameRun[]): number {
    let taken = 0;
    for (; taken < count; taken += 1) {
      const gib = this.#gibs.lowest();
      if (gib === undefined) break;
      this.#gibs.delete(gib);
      appendRun(into, gib * FRAMES_1G, FRAMES_1G);
    }
    return taken;
  }

  #takeRegions(count: number, into: FrameRun[]): number {
    let taken = 0;
    while (taken < count) {
      const region = this.#regions.lowest();
      if (region !== undefined) {
        this.#removeRegion(region);
        appendRun(into, region * FRAMES_2M, FRAMES_2M);
        taken += 1;
      } else if (count - taken >= REGIONS_PER_GIB && this.#takeGibs(1, into) === 1) {
        taken += REGIONS_PER_GIB;
      } else if (!this.#splitGib()) break;
    }
    return taken;
  }

  #takeFrames(count: number, into: FrameRun[]): number {
    let taken = this.#partial.take(count, into);
    while (taken < count) {
      const left = count - taken;
      if (left >= FRAMES_2M) {
        const regions = this.#takeRegions(Math.floor(left / FRAMES_2M), into);
        if (regions === 0) break;
        taken += regions * FRAMES_2M;
        continue;
      }
      const whole: FrameRun[] = [];
      if (this.#takeRegions(1, whole) === 0) break;
      const { start } = whole[0] as FrameRun;
      appendRun(into, start, left);
      this.#partial.add(start / FRAMES_2M, left, FRAMES_2M - left);
      taken += left;
    }
    return taken;
  }

  #splitGib(): boolean {
    const gib = this.#gibs.lowest();
    if (gib === undefined) return false;
    this.#gibs.delete(gib);
    const first = gib * REGIONS_PER_GIB;
    for (let region = first; region < first + REGIONS_PER_GIB; region += 1) this.#regions.add(region);
    this.#regionsOfGib.set(gib, REGIONS_PER_GIB);
    return true;
  }

  #removeRegion(region: number): void {
    this.#regions.delete(region);
    const gib = Math.floor(region / REGIONS_PER_GIB);
    const left = (this.#regionsOfGib.get(gib) as number) - 1;
    if (left === 0) this.#regionsOfGib.delete(gib);
    else this.#regionsOfGib.set(gib, left);
  }

  #freeRegion(region: number): void {
    this.#regions.add(region);
    const gib = Math.floor(region / REGIONS_PER_GIB);
    const free = (this.#regionsOfGib.get(gib) ?? 0) + 1;
    this.#regionsOfGib.set(gib, free);
    if (free < REGIONS_PER_GIB) return;
    const first = gib * REGIONS_PER_GIB;
    for (let part = first; part < first + REGIONS_PER_GIB; part += 1) this.#regions.delete(part);
    this.#regionsOfGib.delete(gib);
    this.#gibs.add(gib);
  }

  #freeGib(gib: number): void {
    if (this.#gibs.has(gib) || this.#regionsOfGib.has(gib)) throw freedTwice(gib * REGIONS_PER_GIB);
    this.#gibs.add(gib);
  }
}

function freedTwice(region: number): Error {
  return new Error(`frames of region ${region} are freed twice`);
}
