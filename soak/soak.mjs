// What both soaks share: guests are created and destroyed without pause, and each time all are gone it is looked at what
// is left. Nothing may be left, and nothing may grow.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { getHeapCodeStatistics } from 'node:v8';

/** How long to soak, as the command line says; `--seconds`. */
export const { seconds } = (() => {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
  return { seconds: Number(values.seconds) };
})();

/**
 * Memory of this process after garbage collection, and its descriptors. Compiled code is left out of the heap: the engine goes
 * on compiling for minutes.
 */
export async function ownCounts() {
  for (let index = 0; index < 3; index++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const code = getHeapCodeStatistics();
  const objects = heapUsed + external - code.code_and_metadata_size - code.bytecode_and_metadata_size;
  return {
    'objects, KiB': objects / 1024,
    'resident, KiB': rss / 1024,
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

/** Limits of {@link ownCounts}: 64 bytes a domain are less than the smallest thing that could be forgotten. */
export const OWN_LIMITS = {
  'objects, KiB': { perThousand: 64, swing: 512 },
  'resident, KiB': { perThousand: 128, swing: 8192 },
};

/** How much a value grows with each step of `x`, by least squares. */
function slope(xs, ys) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = mean(xs);
  const y = mean(ys);
  let above = 0;
  let below = 0;
  xs.forEach((value, index) => {
    above += (value - x) * (ys[index] - y);
    below += (value - x) ** 2;
  });
  return below === 0 ? 0 : above / below;
}

/**
 * Soaks for {@link seconds} and prints, as the one line of standard output, domains cycled and a row for each count.
 *
 * @param looks - how often it is looked, evenly over the time; the first third is warming up: compilers, caches, pools
 * @param cycle - creates guests and destroys them again; answers how many
 * @param look - counts, by name, taken while there are no guests
 * @param limits - by how much a count may grow in 1,000 domains, and by how much it swings; where it has none, it must not
 * change at all
 */
export async function soak({ looks: count, cycle, look, limits }) {
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const looks = [];
  let domains = 0;
  let busy = 0;
  for (let index = 0; index < count; index++) {
    const begun = performance.now();
    do domains += await cycle();
    while (elapsed() < ((index + 1) * seconds) / count);
    busy += performance.now() - begun;
    looks.push({ domains, counts: await look() });
    if (process.stderr.isTTY) process.stderr.write(`\r${Math.round(elapsed())} s, ${domains} domains`);
  }
  if (process.stderr.isTTY) process.stderr.write('\n');
  const kept = looks.slice(count / 3);
  const rows = Object.keys(kept[0].counts).map((name) => {
    const values = kept.map(({ counts }) => counts[name]);
    const growth =
      1000 *
      slope(
        kept.map((one) => one.domains),
        values,
      );
    const limit = limits[name];
    const thousands = (kept.at(-1).domains - kept[0].domains) / 1000;
    const flat =
      limit === undefined
        ? values.every((value) => value === values[0])
        : growth * thousands <= limit.perThousand * thousands + limit.swing;
    return { name, first: values[0], last: values.at(-1), growth, flat };
  });
  process.stdout.write(JSON.stringify({ seconds: elapsed(), domains, perSecond: domains / (busy / 1000), rows }));
}
