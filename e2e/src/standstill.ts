/** A machine of the emulator that does not go on: told apart from a host that failed, and looked at from outside. */
import { readdir, readFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { hasFailed, type Host } from './host.js';

/** What QMP answers. */
interface Answer {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/**
 * Runs commands of QEMU's monitor, one after the other.
 *
 * @returns their answers in the order of the commands
 * @throws Error when the monitor does not answer within 10 s, or refuses a command
 */
export async function askMonitor(
  host: Pick<Host, 'monitor'>,
  commands: readonly { readonly execute: string; readonly arguments?: object }[],
): Promise<unknown[]> {
  const socket = createConnection(host.monitor);
  const timer = setTimeout(() => socket.destroy(new Error('the monitor does not answer')), 10_000);
  const answers: unknown[] = [];
  const waiting = [{ execute: 'qmp_capabilities' }, ...commands];
  try {
    // A socket that fails ends the loop by its error.
    for await (const line of createInterface({ input: socket })) {
      const answer = JSON.parse(line) as Answer;
      if (answer.error !== undefined) throw new Error(answer.error.desc);
      if (answer.return !== undefined) answers.push(answer.return);
      const next = waiting[answers.length];
      if (answer.QMP !== undefined || answer.return !== undefined) {
        if (next === undefined) break;
        socket.write(`${JSON.stringify(next)}\n`);
      }
    }
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
  return answers.slice(1);
}

/** Whether dom0 answers at all. */
async function answers(host: Host, timeoutMs: number): Promise<boolean> {
  try {
    return (await host.run('true', { timeoutMs })).exitCode === 0;
  } catch {
    return false;
  }
}

/** Processor time of QEMU's threads, by name and id, in hundredths of a second. */
async function threadTicks(pid: number): Promise<string> {
  const tids = await readdir(`/proc/${String(pid)}/task`);
  const rows = tids.map(async (tid) => {
    const stat = await readFile(`/proc/${String(pid)}/task/${tid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return `${stat.slice(stat.indexOf('('), stat.lastIndexOf(')') + 1)} ${tid}: ${String(Number(fields[11]) + Number(fields[12]))}`;
  });
  return (await Promise.all(rows)).join(', ');
}

const REGISTERS = { execute: 'human-monitor-command', arguments: { 'command-line': 'info registers -a' } };

/**
 * Whether a host stands still: it has not panicked, QEMU is there, and yet dom0 does not answer.
 *
 * @param patienceMs - how long dom0 may take for its answer
 * @returns what is seen of the machine from outside, or undefined when it answers, has panicked or is gone
 */
export async function standstillOf(host: Host, patienceMs = 60_000): Promise<string | undefined> {
  if (hasFailed(await host.serial()) || (await answers(host, patienceMs))) return undefined;
  const seen: string[] = [];
  try {
    for (let look = 0; look < 3; look++) {
      const [registers] = await askMonitor(host, [REGISTERS]);
      const places = String(registers)
        .split(/\r?\n/)
        .filter((line) => /^(CPU#|RIP=)/.test(line));
      seen.push(`${places.join(' ')}; ${await threadTicks(host.pid)}`);
      await wait(500);
    }
    // Xen prints where each of its processors is when it meets an NMI that nobody asked for.
    await askMonitor(host, [{ execute: 'inject-nmi' }]);
    await wait(5000);
  } catch (error) {
    // Without a monitor there is no machine: QEMU has ended.
    if (seen.length === 0) return undefined;
    seen.push(String(error));
  }
  return [...seen, ...(await host.serial()).trim().split('\n').slice(-60)].join('\n');
}
