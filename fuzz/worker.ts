import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { coverageOf } from './engine/coverage.js';
import { mutateJson } from './engine/mutate-json.js';
import { mutate } from './engine/mutate.js';
import { randomFrom } from './engine/random.js';
import { shrink } from './engine/shrink.js';
import type { Target } from './engine/target.js';

/** What the process that started this worker told it. */
interface Order {
  readonly target: string;
  readonly seconds: number;
  readonly seed: number;
  /** Where failing inputs are kept. */
  readonly regressions: string;
  /** The script with the targets, whose coverage guides. */
  readonly script: string;
  /** The input under way: its number, its length and its bytes, for whoever has to end this worker. */
  readonly current: SharedArrayBuffer;
}

/** Inputs between two looks at the counters. */
const BATCH = 64;
/** Defects after which a target is left alone. */
const MOST_FOUND = 10;
/** An input that takes longer is a defect: none has more than 64 KiB. The machine may be busy. */
const SLOW_MS = 4000;

process.setSourceMapsEnabled(true);
const order = workerData as Order;
const { TARGETS } = (await import(order.script)) as { readonly TARGETS: readonly Target[] };
const target = TARGETS.find(({ name }) => name === order.target);
if (target === undefined) throw new Error(`there is no target ${order.target}`);
const subject = target;
const { words, json } = target;

const counters = new Uint32Array(order.current, 0, 2);
const bytes = new Uint8Array(order.current, 8);
let tried = 0;
let background: unknown;
const note = (error: unknown): void => {
  background ??= error ?? new Error('something was rejected with nothing');
};
process.on('uncaughtException', note);
process.on('unhandledRejection', note);

/** Gives the target an input. Answers what is wrong, if something is. */
async function attempt(input: Buffer): Promise<unknown> {
  tried += 1;
  bytes.set(input);
  counters[1] = input.length;
  Atomics.store(counters, 0, tried);
  background = undefined;
  const started = performance.now();
  try {
    const running = subject.run(input);
    if (running !== undefined) await running;
  } catch (error) {
    return error;
  }
  if (background !== undefined) return background;
  const took = performance.now() - started;
  return took > SLOW_MS ? new Error(`it took ${Math.round(took)} ms`) : undefined;
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(`${JSON.stringify(thrown)} was thrown`);
}

/** Defects are the same where they arise at the same place. */
function signature(error: unknown): string {
  if (error === undefined) return '';
  const { message, stack = '' } = asError(error);
  const place = /\n\s+at .*/.exec(stack)?.[0] ?? '';
  return `${message.replace(/\d+/g, '0').slice(0, 60)} ${place.trim()}`;
}

const folder = join(order.regressions, target.name);
const kept = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];
const corpus = [...target.seeds(), ...kept];
const found = new Map<string, string>();
const random = randomFrom(order.seed);
const coverage = coverageOf(order.script);
const end = performance.now() + order.seconds * 1000;
const isOver = (): boolean => performance.now() >= end || found.size >= MOST_FOUND;

async function keep(input: Buffer, error: unknown): Promise<void> {
  const sign = signature(error);
  if (found.has(sign)) return;
  const smallest = await shrink(input, async (candidate) => signature(await attempt(candidate)) === sign);
  const name = createHash('sha256').update(smallest).digest('hex').slice(0, 12);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), smallest);
  found.set(sign, name);
  const { stack = '' } = asError(error);
  parentPort?.postMessage({ kind: 'found', name, stack: stack.split('\n').slice(0, 8).join('\n') });
}

async function tryOut(input: Buffer): Promise<void> {
  const error = await attempt(input);
  if (error !== undefined) await keep(input, error);
}

/** Keeps those of some inputs that reach something new; found by halves, since a look costs more than an input. */
async function keepNews(inputs: readonly Buffer[]): Promise<void> {
  for (const input of inputs) if (!isOver()) await attempt(input);
  const news = coverage.news();
  const [first] = inputs;
  if (news.length === 0 || first === undefined) return;
  if (inputs.length === 1) {
    coverage.learn(news);
    corpus.push(first);
    return;
  }
  const half = inputs.length >> 1;
  await keepNews(inputs.slice(0, half));
  await keepNews(inputs.slice(half));
}

async function work(): Promise<void> {
  for (const seed of corpus) await tryOut(seed);
  coverage.learn(coverage.news());
  while (!isOver()) {
    // What was rejected in the background is told between turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    const batch = Array.from({ length: BATCH }, () => {
      const base = random.pick(corpus);
      return json === true && !random.once(4) ? mutateJson(base, random) : mutate(base, random, corpus, words);
    });
    for (const input of batch) if (!isOver()) await tryOut(input);
    const news = coverage.news();
    if (news.length === 0) continue;
    await keepNews(batch);
    // What came of the order of inputs, or of time, does not come again and is not looked for.
    coverage.learn(news);
  }
}

try {
  await work();
  parentPort?.postMessage({ kind: 'done', tried, places: coverage.size, corpus: corpus.length });
} catch (error) {
  // Not the target: this program.
  parentPort?.postMessage({ kind: 'broken', stack: (error as Error).stack });
}
