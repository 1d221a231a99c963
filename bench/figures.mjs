// What the benchmarks share: figures with their units, medians, and whether a short run is asked for.

export const short = process.argv.includes('--short');

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * A figure with three significant digits, as the runner prints it. Where it is more than `most`, the run fails: for what the load of
 * the machine does not change.
 */
export function figure(value, unit, most) {
  return { value: Number(value.toPrecision(3)), unit, ...(most === undefined ? {} : { most }) };
}

/** The most memory that this process held until now. */
export function peakMemory() {
  return figure(process.resourceUsage().maxRSS / 1024, 'MiB');
}

/** The one place where a benchmark answers. */
export function report(figures) {
  process.stdout.write(JSON.stringify(figures));
}
