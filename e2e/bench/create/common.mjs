// What the benchmarks of creating share: a toolstack as a long-running process has it, xl beside it, and figures.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin, qemuProcessPlugin } from '@xen-image/dm-qemu';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { posixPlugin } from '@xen-image/posix';
import { xenPlugin } from '@xen-image/xc-bindings';
import { connectXenStore, xenStorePlugin } from '@xen-image/xenstore';

/** Creates of ours before anything is counted: a process that runs for long is compiled. */
export const WARM_UP = 40;

/** A toolstack whose operations share one connection to xenstore, and what ends it. */
export async function openToolstack() {
  const client = await connectXenStore();
  const plugins = [
    pv,
    hvm,
    qemuDialectsPlugin,
    xenPlugin(),
    xenStorePlugin({ client }),
    posixPlugin(),
    qemuProcessPlugin(),
  ];
  return { toolstack: new Toolstack({ plugins }), close: () => client.close() };
}

let made = 0;
/** A configuration with a name of its own. */
export function guest(lines) {
  const name = `bench-${process.pid}-${made++}`;
  return { name, text: [`name = "${name}"`, ...lines, ''].join('\n') };
}

/** Creates a guest of ours, paused, from its text on; milliseconds, and its domid. */
export async function createOurs(toolstack, { text }, options = {}) {
  const started = performance.now();
  const plan = await toolstack.plan({ text });
  const { domid } = await toolstack.create(plan, { paused: true, attended: true, ...options });
  return { ms: performance.now() - started, domid };
}

/** What a program does once it has run for a while: creates and destroys small guests until its code is compiled. */
export async function warm(toolstack, count = WARM_UP) {
  const lines = ['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 32'];
  for (let index = 0; index < count; index++) {
    await toolstack.destroy((await createOurs(toolstack, guest(lines))).domid);
  }
}

/** A whole process, its output thrown away; milliseconds. Throws with its last words when it fails. */
export function timed(command, args, env = process.env) {
  const started = performance.now();
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ms = performance.now() - started;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
  return ms;
}

/** `xl create -p` of a guest; milliseconds. */
export function createXl({ name, text }) {
  const file = `/tmp/${name}.cfg`;
  writeFileSync(file, text);
  const ms = timed('xl', ['create', '-p', file]);
  rmSync(file);
  return ms;
}

export const destroyXl = ({ name }) => timed('xl', ['destroy', name]);

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median of the ratios of the turns: whatever else the machine does meets both. */
export function ratio(mine, theirs) {
  return median(mine.map((value, index) => value / theirs[index]));
}

export const figure = (value, unit) => ({ value: Number(value.toPrecision(3)), unit });

/** Rounds asked for on the command line. */
export const rounds = Number(process.argv[2] ?? 10);

/** The one place where a benchmark answers. */
export function report(figures) {
  process.stdout.write(JSON.stringify(figures));
}

/**
 * Turns of creating and destroying the same guest, ours and xl's, after `warmUpSmall` small guests and `warmUp` such ones;
 * `cold` is the very first of these.
 */
export async function inTurns(lines, { warmUp = WARM_UP, warmUpSmall = 0, turns = rounds } = {}) {
  const { toolstack, close } = await openToolstack();
  const mine = [];
  const theirs = [];
  let cold;
  await warm(toolstack, warmUpSmall);
  for (let index = -warmUp; index < turns; index++) {
    const ours = await createOurs(toolstack, guest(lines));
    await toolstack.destroy(ours.domid);
    cold ??= ours.ms;
    if (index < 0) continue;
    const other = guest(lines);
    theirs.push(createXl(other));
    destroyXl(other);
    mine.push(ours.ms);
  }
  close();
  return { mine, theirs, cold };
}
