import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from '@xen-image/xen-sim';

/** What is left out of a comparison: logs stay when a domain goes, and these sockets are the harness's own. */
const OWN = ['log', 'daemon', 'store'];

/** Files below a directory with their modes, but for logs. */
function filesOf(directory: string): string[] {
  const found: string[] = [];
  for (const name of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (OWN.some((own) => name === own || name.startsWith(`${own}/`))) continue;
    const stats = lstatSync(join(directory, name), { throwIfNoEntry: false });
    if (stats === undefined || stats.isDirectory()) continue;
    found.push(`file ${name} ${stats.mode.toString(8)}`);
  }
  return found;
}

/** Processes whose output goes into a directory: device models, into their logs. A zombie has no descriptors. */
export function processesOf(directory: string): number[] {
  const found: number[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (readlinkSync(`/proc/${pid}/fd/1`).startsWith(`${directory}/`)) found.push(Number(pid));
    } catch {
      // It ended while it was looked for.
    }
  }
  return found;
}

/** Whatever differs from run to run and says nothing. */
function withoutChance(text: string, directory: string): string {
  return text
    .replaceAll(directory, 'DIRECTORY')
    .replace(/"pid\\*":\d+,\\*"startTime\\*":\d+/g, 'ITS PROCESS')
    .replace(/(device-model-pid"?,? ?\{?"value":")\d+/g, '$1PID')
    .replace(/(start_time"?,? ?\{?"value":")\d+/g, '$1THEN')
    .replace(/dm-(\d+)-\d+(?:-\d+)?\.fifo/g, 'dm-$1.fifo');
}

/** The state of the simulated host, of the files and of the processes, as one text: equal texts are equal hosts. */
export async function tracesOf(simulator: Simulator, directory: string): Promise<string> {
  const { bootId: _bootId, journal: _journal, locks: _locks, store, ...rest } = await simulator.inspect();
  const nodes = Object.entries(store).map(([path, node]) => `${path} ${JSON.stringify(node)}`);
  const models = `${processesOf(directory).length} device models`;
  const lines = [JSON.stringify(rest, undefined, 1), ...nodes.sort(), ...filesOf(directory).sort(), models];
  return withoutChance(lines.join('\n'), directory);
}
