/** Hosts that stay up between commands: their facts in a file each. */
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attachHost, hostDir, type Host, type HostFacts } from './host.js';
import { CACHE_DIR } from './paths.js';

/** What is kept of a host: with the start time of its process, by which a reused process id is told apart. */
interface Kept extends HostFacts {
  readonly startTime: string;
}

/** Field 22 of /proc/PID/stat; undefined when there is no such process. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => '');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}

/** Remembers a host. */
export async function keepHost(host: Host): Promise<void> {
  const { name, pid, address, serialLog, monitor, bootMs } = host;
  const kept: Kept = { name, pid, address, serialLog, monitor, bootMs, startTime: (await startTimeOf(pid)) ?? '' };
  await writeFile(join(hostDir(name), 'host.json'), JSON.stringify(kept), { mode: 0o600 });
}

/** The host of that name, or undefined when it is not up. */
export async function findHost(name: string): Promise<Host | undefined> {
  const text = await readFile(join(hostDir(name), 'host.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const kept = JSON.parse(text) as Kept;
  return (await startTimeOf(kept.pid)) === kept.startTime ? attachHost(kept) : undefined;
}

/** Forgets a host, ending it when it is up. */
export async function dropHost(name: string): Promise<boolean> {
  const host = await findHost(name);
  await host?.close();
  await rm(join(hostDir(name), 'host.json'), { force: true });
  return host !== undefined;
}

/** Every host that is up. */
export async function listHosts(): Promise<Host[]> {
  const names = await readdir(join(CACHE_DIR, 'hosts')).catch(() => []);
  const hosts = await Promise.all(names.map((name) => findHost(name)));
  return hosts.filter((host) => host !== undefined);
}
