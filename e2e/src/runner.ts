/** Runs one case and judges it. */
import type { Case } from './case.js';
import { domains } from './guest.js';
import type { Host } from './host.js';
import { standstillOf } from './standstill.js';

/** How a case ended. */
export interface CaseResult {
  readonly name: string;
  readonly elapsedMs: number;
  /** Why it failed; absent when it passed. */
  readonly error?: unknown;
  /** True when the host cannot be used for another case. */
  readonly hostLost?: boolean;
  /** What was seen of the emulated machine where it stood still, or a guest triple faulted. */
  readonly emulator?: string;
}

/** A time for people. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** What went wrong, below the line of its case. */
export function faultLines(error: unknown): string {
  return `        ${String(error).replaceAll('\n', '\n        ')}`;
}

/** Runs a case within its time, then looks for domains it left, which fail it and are destroyed. */
export async function runCase(one: Case, host: Host, say: (line: string) => void): Promise<CaseResult> {
  const started = performance.now();
  const timeoutMs = one.timeoutMs ?? 300_000;
  const controller = new AbortController();
  const notes: string[] = [];
  let counter = 0;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      controller.abort();
      reject(new Error(`not done in ${seconds(timeoutMs)}`));
    }, timeoutMs);
  });
  const tools = {
    host,
    signal: controller.signal,
    // Different also between runs on one host, as logs go by the name.
    fresh: (stem: string) => `${stem}-${(++counter).toString()}${Math.trunc(started % 1e6).toString(36)}`,
    note: (line: string) => notes.push(line),
  };
  let error: unknown;
  try {
    // What Xen prints from here on is of this case.
    if (one.emulated === true) await host.must('xl dmesg -c > /dev/null');
    await Promise.race([one.run(tools), late]);
  } catch (fault) {
    error = fault;
  } finally {
    clearTimeout(timer);
  }
  const left = await leftovers(host, error !== undefined && one.emulated === true);
  error ??= left.fault;
  const emulator = left.hostLost && error !== undefined ? await standstillOf(host) : left.strayed;
  const elapsedMs = performance.now() - started;
  say(`${error === undefined ? 'ok    ' : 'FAILED'}  ${one.name} (${seconds(elapsedMs)})`);
  for (const note of notes) say(`        ${note}`);
  if (error !== undefined) say(faultLines(error));
  return {
    name: one.name,
    elapsedMs,
    hostLost: left.hostLost,
    ...(emulator === undefined ? {} : { emulator }),
    ...(error === undefined ? {} : { error }),
  };
}

interface Leftovers {
  readonly fault?: Error;
  readonly hostLost: boolean;
  /** What the hypervisor printed of a guest that triple faulted. */
  readonly strayed?: string;
}

/**
 * Under nested emulation HVM guests have been seen to triple fault in the firmware or in an idle kernel, and not at the next
 * boot. emulator.ts mends one cause and another is not known, so the hypervisor's words are printed.
 */
const STRAYED = /(?:MMIO emulation failed[^]*)?Triple fault[^]{0,2000}/;

async function leftovers(host: Host, looksForStrayed: boolean): Promise<Leftovers> {
  try {
    const strayed = looksForStrayed ? STRAYED.exec(await host.must('xl dmesg'))?.[0] : undefined;
    const told = strayed === undefined ? {} : { strayed };
    const left = [...(await domains(host))];
    if (left.length === 0) return { hostLost: false, ...told };
    for (const [, domid] of left) await host.run(`xl destroy ${String(domid)}`);
    const names = left.map(([name, domid]) => `${name} (${String(domid)})`).join(', ');
    const fault = new Error(`the case left these domains: ${names}`);
    return { fault, hostLost: (await domains(host)).size > 0, ...told };
  } catch {
    return { hostLost: true };
  }
}
