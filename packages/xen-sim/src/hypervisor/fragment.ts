import type { FrameRun } from '../frames/frame-run.js';
import { FRAMES_2M } from '../units.js';
import type { Machine } from './machine.js';

/**
 * Breaks free memory up, as populating single pages and returning all others does: one page of each 2 MiB extent is
 * held, but for those that are left whole.
 *
 * @param whole - extents of 2 MiB that stay free as such
 * @returns pages held now
 */
export function fragment(machine: Machine, whole: number): number {
  const { frames, held } = machine;
  const breaking = frames.take('2m', Math.max(0, frames.available('2m') - whole));
  let pages = 0;
  for (const { start, count } of breaking) {
    for (let at = start; at < start + count; at += FRAMES_2M) {
      held.push({ start: at, count: 1 });
      frames.free({ start: at + 1, count: FRAMES_2M - 1 });
      pages += 1;
    }
  }
  return pages;
}

/** Gives the held pages back. */
export function defragment(machine: Machine): void {
  const held: FrameRun[] = machine.held.splice(0);
  for (const run of held) machine.frames.free(run);
}
