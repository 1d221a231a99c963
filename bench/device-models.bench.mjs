// A thousand device models under one process: what a start costs beside a bare spawn, how soon deaths are noticed while a
// hundred die at once, and what watching takes of memory, threads and processor. The device model is sleep(1), which holds
// its sentinel as QEMU does; xenstore is served by a process of its own. Sentinels lie in memory, as those in /run do, logs on disk.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DEVICE_MODELS, Operation, Toolstack } from '@xen-image/core';
import { qemuProcessPlugin } from '@xen-image/dm-qemu';
import { posixPlugin } from '@xen-image/posix';
import { openSimulator } from '@xen-image/xen-sim';
import { xenStorePlugin } from '@xen-image/xenstore';
import { serveStore } from '@xen-image/xenstore/server';
import { figure, median, report, short } from './figures.mjs';

const PROGRAM = '/bin/sleep';
const ARGS = ['1000'];

if (process.argv[2] === '--serve') {
  const simulator = openSimulator({ files: {} });
  await serveStore(simulator.storeBackend(), { path: process.argv[3] });
  process.stdout.write('ready');
} else await measure();

function threads() {
  return Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
}

/** What the engine takes for itself while objects come and go is taken before anything is counted. */
function growHeap() {
  let kept = [];
  for (let index = 0; index < 3_000_000; index++) {
    kept.push({ index });
    if (kept.length > 100_000) kept = [];
  }
}

async function memoryKib() {
  for (let index = 0; index < 4; index++) {
    globalThis.gc();
    await sleep(20);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss: rss / 1024, heap: (heapUsed + external) / 1024 };
}

async function measure() {
  const count = short ? 100 : 1000;
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-bench-'));
  const inMemory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'xen-image-bench-'));
  const address = join(directory, 'store');
  const server = spawn(process.execPath, [fileURLToPath(import.meta.url), '--serve', address], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  const places = {
    logDirectory: join(directory, 'log'),
    sentinelDirectory: join(inMemory, 'sentinels'),
    tapDirectory: join(directory, 'tap'),
  };
  const pids = new Map();
  try {
    await run({ count, directory, address, places, pids });
  } finally {
    for (const pid of pids.values()) kill(pid);
    server.kill();
    for (const path of [directory, inMemory]) rmSync(path, { recursive: true, force: true });
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

async function run({ count, directory, address, places, pids }) {
  const plugins = [xenStorePlugin({ address }), posixPlugin(), qemuProcessPlugin(places)];
  const operation = new Operation(new Toolstack({ plugins }).registry);
  const models = operation.get(DEVICE_MODELS);
  const over = new AbortController();
  const died = new Map();
  let watched = 0;
  const watching = (async () => {
    for await (const event of models.watch(over.signal)) {
      if (event.event === 'watched') watched += 1;
      if (event.event === 'died') died.set(event.model.domid, performance.now());
    }
  })();
  mkdirSync(join(directory, 'bare'));
  const start = async (domid) => {
    const uuid = `00000000-0000-4000-8000-${String(domid).padStart(12, '0')}`;
    const name = `guest${domid}`;
    const readiness = 'process';
    const { pid } = await models.start({ domid, name, uuid, program: PROGRAM, args: ARGS, environment: {}, readiness });
    pids.set(domid, pid);
  };
  const bare = async () => {
    const child = spawn(PROGRAM, ARGS, { stdio: ['ignore', log, log], detached: true });
    await once(child, 'spawn');
    return child;
  };
  const log = openSync(join(directory, 'bare', 'log'), 'a');

  for (let domid = 1; domid <= 20; domid++) {
    await start(domid);
    (await bare()).kill('SIGKILL');
  }
  growHeap();
  await sleep(200);
  const before = { ...(await memoryKib()), threads: threads() };
  const times = { ours: [], bare: [] };
  for (let domid = 21; domid <= 20 + count; domid++) {
    let begun = performance.now();
    const child = await bare();
    times.bare.push(performance.now() - begun);
    // What follows a measured step, in this process and the kernel, is over before the next.
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    await sleep(5);
    begun = performance.now();
    await start(domid);
    times.ours.push(performance.now() - begun);
    await sleep(5);
  }
  while (watched < 20 + count) await sleep(10);
  const after = { ...(await memoryKib()), threads: threads() };

  const cpu = process.cpuUsage();
  const idleMs = short ? 1000 : 5000;
  await sleep(idleMs);
  const idle = process.cpuUsage(cpu);

  const noticed = [];
  const atOnce = Math.min(100, count);
  for (let first = 21; first <= 20 + count; first += atOnce) {
    const killed = new Map();
    for (let domid = first; domid < first + atOnce; domid++) {
      killed.set(domid, performance.now());
      kill(pids.get(domid));
    }
    while ([...killed.keys()].some((domid) => !died.has(domid))) await sleep(2);
    for (const [domid, at] of killed) noticed.push(died.get(domid) - at);
  }
  over.abort();
  await watching;
  await operation.close();
  noticed.sort((a, b) => a - b);
  report({
    'a bare spawn': figure(median(times.bare), 'ms'),
    'a device model started, recorded and watched': figure(median(times.ours), 'ms'),
    'start beside a bare spawn': figure(median(times.ours) / median(times.bare), '×'),
    [`death noticed while ${atOnce} die, median`]: figure(median(noticed), 'ms'),
    [`death noticed while ${atOnce} die, p99`]: figure(noticed[Math.floor(noticed.length * 0.99)], 'ms'),
    [`memory for each of ${count} (RSS)`]: figure((after.rss - before.rss) / count, 'KiB'),
    [`memory for each of ${count} (heap)`]: figure((after.heap - before.heap) / count, 'KiB', 20),
    'threads more': figure(after.threads - before.threads, '', 0),
    [`processor time while ${count} run`]: figure((idle.user + idle.system) / 1000 / (idleMs / 1000), 'ms/s'),
  });
}
