// npm run fuzz -- [TARGET…] [--seconds N] [--seed S] [--jobs N]: gives the targets of fuzz/ hostile input. What fails is kept
// below fuzz/regressions/, where npm test gives it to its target again.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { createHash } from 'node:crypto';
import esbuild from 'esbuild-wasm';
import { install, root } from './setup.mjs';

install();

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    jobs: { type: 'string', default: '2' },
  },
});
const [seconds, seed, jobs] = [Number(values.seconds), Number(values.seed), Number(values.jobs)];
if (!(seconds > 0) || !Number.isInteger(seed) || !(jobs >= 1))
  throw new Error('--seconds, --seed and --jobs take numbers');

/** An input under way for this long never ends; a slow one is found by the worker itself. */
const HANG_MS = 30_000;
const MOST_HEAP_MIB = 768;
/** Memory of the whole process, buffers included: about a third of it is the compiler's and the corpora's. */
const MOST_RSS_BYTES = 2.5 * 1024 ** 3;
const HEADER_BYTES = 8;
const INPUT_BYTES = 256 * 1024;

// Of its own: another run may have other sources.
mkdirSync(join(root, '.cache'), { recursive: true });
const outdir = mkdtempSync(join(root, '.cache/fuzz-'));
process.on('exit', () => rmSync(outdir, { recursive: true, force: true }));
const regressions = join(root, 'fuzz/regressions');
process.env.XEN_IMAGE_ROOT = root;
const packages = [
  'core',
  'dm-qemu',
  'ffi',
  'handler-ia64',
  'handler-x86-hvm',
  'handler-x86-pv',
  'posix',
  'xc-bindings',
];
const alias = Object.fromEntries(
  [...packages, 'xen-sim', 'xend-compat', 'xenstore'].map((name) => [
    `@xen-image/${name}`,
    join(root, `packages/${name}/src/index.ts`),
  ]),
);
/** Packages that a package of ours has to itself become part of the bundle: from where that lies, other versions are found. */
const nested = {
  name: 'nested packages',
  setup(bundler) {
    bundler.onResolve({ filter: /^[a-z]/ }, ({ path, importer }) => {
      if (!importer.startsWith(join(root, 'packages')) || isBuiltin(path)) return undefined;
      let found;
      try {
        found = createRequire(importer).resolve(path);
      } catch {
        return undefined; // an optional one that is not here
      }
      return found.startsWith(join(root, 'packages')) && found.includes('/node_modules/') ? { path: found } : undefined;
    });
  },
};
await esbuild.build({
  entryPoints: { worker: join(root, 'fuzz/worker.ts'), targets: join(root, 'fuzz/targets/index.ts') },
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  packages: 'external',
  plugins: [nested],
  alias: {
    '@xen-image/core/plugin': join(root, 'packages/core/src/plugin.ts'),
    '@xen-image/core/schema': join(root, 'packages/core/src/schema.ts'),
    ...alias,
  },
  banner: { js: 'const require = (id) => process.getBuiltinModule(id);' },
  logLevel: 'warning',
});
process.setSourceMapsEnabled(true);
const script = pathToFileURL(join(outdir, 'targets.mjs')).href;
const { TARGETS } = await import(script);
const known = TARGETS.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no target ${unknown.join(', ')}; there are ${known.join(', ')}`);
const wanted = positionals.length === 0 ? known : positionals;

/** The input that a worker was busy with, kept as a regression case. */
function keepCurrent(target, current) {
  const length = new Uint32Array(current, 0, 2)[1];
  const input = Buffer.from(new Uint8Array(current, HEADER_BYTES, length));
  const name = createHash('sha256').update(input).digest('hex').slice(0, 12);
  mkdirSync(join(regressions, target), { recursive: true });
  writeFileSync(join(regressions, target, name), input);
  return name;
}

/** Runs one target in a worker; answers what is to be told of it. */
function fuzz(target) {
  const current = new SharedArrayBuffer(HEADER_BYTES + INPUT_BYTES);
  const counter = new Uint32Array(current, 0, 1);
  const started = Date.now();
  const found = [];
  return new Promise((resolve) => {
    const worker = new Worker(join(outdir, 'worker.mjs'), {
      workerData: { target, seconds, seed, regressions, script, current },
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB },
    });
    let done;
    let last = -1;
    let since = Date.now();
    const stop = (why) => {
      found.push({ name: keepCurrent(target, current), stack: why });
      void worker.terminate();
    };
    const watch = setInterval(() => {
      const now = Atomics.load(counter, 0);
      if (now !== last) [last, since] = [now, Date.now()];
      else if (now > 0 && done === undefined && Date.now() - since > HANG_MS)
        stop(`an input took more than ${HANG_MS} ms`);
      if (process.memoryUsage.rss() > MOST_RSS_BYTES) stop('memory grew without bound');
    }, 500);
    worker.on('message', (message) => {
      if (message.kind === 'found') found.push(message);
      else {
        done = message;
        if (message.kind === 'broken') found.push({ name: '(the fuzzer itself)', stack: message.stack });
        void worker.terminate();
      }
    });
    worker.on('error', (error) => {
      found.push({ name: keepCurrent(target, current), stack: error.stack ?? String(error) });
    });
    worker.on('exit', () => {
      clearInterval(watch);
      if (done === undefined && found.length === 0) {
        found.push({
          name: keepCurrent(target, current),
          stack: 'the worker ended by itself: nothing was left to wait for',
        });
      }
      resolve({ target, found, tried: done?.tried ?? counter[0], done, tookMs: Date.now() - started });
    });
  });
}

let failed = 0;
const waiting = [...wanted];
process.stdout.write(`seed ${seed}, ${seconds} s each\n`);
async function work() {
  for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
    const { found, tried, done, tookMs } = await fuzz(target);
    if (found.length > 0) failed += 1;
    process.stdout.write(
      `${target.padEnd(16)} ${String(tried).padStart(9)} inputs in ${String(Math.round(tookMs / 1000)).padStart(4)} s, ` +
        `${done?.places ?? '?'} places reached, ${done?.corpus ?? '?'} inputs kept, ${found.length} defects\n`,
    );
    for (const { name, stack } of found) {
      process.stdout.write(`  fuzz/regressions/${target}/${name}\n${stack.replaceAll(/^/gm, '    ')}\n`);
    }
  }
}
await Promise.all(Array.from({ length: Math.min(jobs, wanted.length) }, work));
process.stdout.write(`${wanted.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
