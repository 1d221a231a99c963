/** Frames that follow one another. */
export interface FrameRun {
  readonly start: number;
  readonly count: number;
}

/** Runs as a flat list of start, count, start, count, …: their form in files. */
export type FlatRuns = readonly number[];

/** Adds a run to a list, as part of the last one where it follows that. */
export function appendRun(runs: FrameRun[], start: number, count: number): void {
  if (count === 0) return;
  const last = runs.at(-1);
  if (last !== undefined && last.start + last.count === start) {
    runs[runs.length - 1] = { start: last.start, count: last.count + count };
  } else {
    runs.push({ start, count });
  }
}

/** Frames in all runs. */
export function countFrames(runs: Iterable<FrameRun>): number {
  let frames = 0;
  for (const { count } of runs) frames += count;
  return frames;
}

/** The form for a file. */
export function flatten(runs: Iterable<FrameRun>): number[] {
  const flat: number[] = [];
  for (const { start, count } of runs) flat.push(start, count);
  return flat;
}

/** Reads the form for a file. */
export function unflatten(flat: FlatRuns): FrameRun[] {
  const runs: FrameRun[] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) {
    runs.push({ start: flat[at] as number, count: flat[at + 1] as number });
  }
  return runs;
}
