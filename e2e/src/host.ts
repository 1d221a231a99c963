/** A booted Xen host under emulation, and jobs in its dom0. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { runInDom0, type AgentAddress, type RunOptions, type RunResult } from './channel.js';
import { pruneCache } from './cache.js';
import { bootFiles } from './dom0.js';
import { machineCommand, machineEnv, type MachineOptions } from './machine.js';
import { CACHE_DIR } from './paths.js';
import { ensureTree } from './packages.js';

/** How a host is started. */
export interface HostOptions extends MachineOptions {
  /** Its folder under `.cache/e2e/hosts/`; a name for each host that is up at the same time. */
  readonly name: string;
  /** dom0 must answer within this many milliseconds; 180 000 when not given. */
  readonly bootTimeoutMs?: number;
  /** Goes on when the starting process ends, for at most this many seconds. Without it the host ends with its starter. */
  readonly detachedSeconds?: number;
  /** Told what is being done. */
  readonly log?: (line: string) => void;
}

/** A host that is up. */
export interface Host {
  readonly name: string;
  /** QEMU's process id. */
  readonly pid: number;
  /** Where commands go. */
  readonly address: AgentAddress;
  /** Everything Xen and dom0's kernel printed. */
  readonly serialLog: string;
  /** QEMU's monitor (QMP), a unix socket. */
  readonly monitor: string;
  /** From QEMU's start to dom0's first answer. */
  readonly bootMs: number;
  /** Runs a shell command in dom0; a non-zero exit code is a result, not an error. */
  run(command: string, options?: RunOptions): Promise<RunResult>;
  /** Runs a shell command in dom0 and throws with its last words when its exit code is not zero. */
  must(command: string, options?: RunOptions): Promise<string>;
  /** Copies a file, or a folder with all it holds, into dom0. */
  push(source: string, path: string): Promise<void>;
  /** Copies a file out of dom0. */
  pull(path: string, target: string): Promise<void>;
  /** What Xen and dom0's kernel printed so far. */
  serial(): Promise<string>;
  /** Ends the host. Safe to call twice. */
  close(): Promise<void>;
}

/** Lines of the serial log after which nothing can be expected any more. */
const FATAL = /Panic on CPU|Kernel panic|RIG-FAILED|Xen BUG at|FATAL (TRAP|PAGE FAULT)/;

/** Whether a serial log tells of a panic of Xen or of dom0's kernel. */
export function hasFailed(serial: string): boolean {
  return FATAL.test(serial);
}

/** The folder of a host: serial log, QEMU's own words, monitor socket. */
export function hostDir(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,40}$/.test(name)) throw new TypeError(`"${name}" is no name for a host`);
  return join(CACHE_DIR, 'hosts', name);
}

/**
 * Boots a host and waits until dom0 answers.
 *
 * @throws Error with the end of the serial log when Xen or dom0 panics, QEMU ends, or the time is up
 */
export async function bootHost(options: HostOptions): Promise<Host> {
  const log = options.log ?? (() => undefined);
  const tree = await ensureTree(log);
  const boot = await bootFiles(tree, log);
  const dir = hostDir(options.name);
  await pruneCache(join(CACHE_DIR, 'hosts'), '', options.name);
  await mkdir(dir, { recursive: true });
  const serialLog = join(dir, 'serial.log');
  const qemuLog = join(dir, 'qemu.log');
  const monitor = join(dir, 'monitor');
  await rm(monitor, { force: true });
  await Promise.all([writeFile(serialLog, ''), writeFile(qemuLog, '')]);
  const address = { port: await freePort(), token: randomBytes(16).toString('hex') };
  const [program, args] = machineCommand(tree, boot, { serialLog, monitor, ...address }, options);
  const started = performance.now();
  // QEMU ends with this process even when this one is killed, or else after its time.
  const keeper =
    options.detachedSeconds === undefined
      ? ['setpriv', '--pdeathsig', 'KILL']
      : ['timeout', '--signal=KILL', String(options.detachedSeconds)];
  const [first = '', ...rest] = [...keeper, program, ...args];
  const script = 'exec "$@" >>"$QEMU_LOG" 2>&1';
  const child = spawn('bash', ['-c', script, 'qemu', first, ...rest], {
    env: { ...process.env, ...machineEnv(tree), QEMU_LOG: qemuLog },
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => {
      resolve(`QEMU cannot be started: ${error.message}`);
    });
    child.on('exit', (code, signal) => {
      resolve(`QEMU ended (${signal ?? `exit code ${String(code)}`})`);
    });
  });
  const over: { reason?: string } = {};
  void ended.then((reason) => (over.reason = reason));
  const host = makeHost({ name: options.name, pid: child.pid ?? 0, address, serialLog, monitor, bootMs: 0 }, child);
  const end = (): void => {
    killGroup(host.pid);
  };
  process.once('exit', end);
  try {
    await untilReady(host, over, qemuLog, options.bootTimeoutMs ?? 180_000);
  } catch (error) {
    await host.close();
    throw error;
  }
  if (options.detachedSeconds !== undefined) {
    process.off('exit', end);
    child.unref();
  }
  return { ...host, bootMs: Math.round(performance.now() - started) };
}

/** The host that another process left up; see `dom0 up`. */
export function attachHost(facts: HostFacts): Host {
  return makeHost(facts, undefined);
}

/** What a host is, as plain data. */
export type HostFacts = Pick<Host, 'name' | 'pid' | 'address' | 'serialLog' | 'monitor' | 'bootMs'>;

function makeHost(facts: HostFacts, child: ChildProcess | undefined): Host {
  let closed = false;
  const serial = (): Promise<string> => readFile(facts.serialLog, 'utf8');
  const run: Host['run'] = async (command, options = {}) => {
    const watch = watchSerial(facts.serialLog);
    try {
      const signal = options.signal === undefined ? watch.signal : AbortSignal.any([options.signal, watch.signal]);
      return await runInDom0(facts.address, command, { ...options, signal });
    } catch (cause) {
      if (watch.signal.aborted)
        throw new Error(`the host is gone while it ran: ${command}\n${await tail(facts.serialLog)}`, { cause });
      throw cause;
    } finally {
      watch.stop();
    }
  };
  const must: Host['must'] = async (command, options) => {
    const result = await run(command, options);
    if (result.exitCode === 0) return result.stdout;
    const words = (result.stderr + result.stdout).trim().slice(-2000);
    throw new Error(`exit code ${String(result.exitCode)} in dom0: ${command}\n${words}`);
  };
  return {
    ...facts,
    run,
    must,
    serial,
    async push(source, path) {
      const into = shellQuote(path);
      if ((await stat(source)).isDirectory()) {
        const tar = spawn('tar', ['-c', '-C', source, '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
        await must(`mkdir -p ${into} && tar -x -C ${into}`, { input: tar.stdout, timeoutMs: 300_000 });
      } else {
        const executable = ((await stat(source)).mode & 0o111) === 0 ? '' : ` && chmod +x ${into}`;
        const target = path.endsWith('/') ? shellQuote(path + basename(source)) : into;
        await must(`mkdir -p "$(dirname ${target})" && cat > ${target}${executable}`, {
          input: createReadStream(source) as AsyncIterable<Buffer>,
          timeoutMs: 300_000,
        });
      }
    },
    async pull(path, target) {
      const result = await run(`cat ${shellQuote(path)}`, { timeoutMs: 300_000 });
      if (result.exitCode !== 0) throw new Error(`${path} cannot be read in dom0: ${result.stderr.trim()}`);
      await writeFile(target, result.bytes);
    },
    async close() {
      if (closed) return;
      closed = true;
      const gone = child?.exitCode !== null || child.signalCode !== null ? Promise.resolve() : onceExit(child);
      killGroup(facts.pid);
      await gone;
    },
  };
}

function onceExit(child: ChildProcess): Promise<void> {
  return new Promise((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
}

/** Ends QEMU and the program that holds it: they are a process group of their own. */
function killGroup(pid: number): void {
  if (pid <= 1) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

async function untilReady(host: Host, over: { reason?: string }, qemuLog: string, timeoutMs: number): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const serial = await host.serial();
    const fatal = FATAL.exec(serial);
    const fault =
      over.reason ??
      (fatal === null ? undefined : `the host failed (${fatal[0]})`) ??
      (performance.now() > until ? `dom0 is not up after ${String(timeoutMs)} ms` : undefined);
    if (fault !== undefined) {
      throw new Error(
        `${fault}; ${host.serialLog}:\n${(await readFile(qemuLog, 'utf8')).trim()}\n${await tail(host.serialLog)}`,
      );
    }
    if (serial.includes('RIG-READY')) {
      const answer = await runInDom0(host.address, 'true', { timeoutMs: 2000 }).catch(() => undefined);
      if (answer?.exitCode === 0) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Aborts its signal when the serial log says that Xen or dom0's kernel panicked. */
function watchSerial(file: string): { readonly signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const timer = setInterval(() => {
    void readFile(file, 'utf8').then((text) => {
      if (hasFailed(text)) controller.abort();
    });
  }, 500);
  timer.unref();
  return {
    signal: controller.signal,
    stop: () => {
      clearInterval(timer);
    },
  };
}

async function tail(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).trim().split('\n').slice(-25).join('\n');
}

/** A word for the shell, whatever is in it. */
export function shellQuote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on the loopback');
  return address.port;
}
