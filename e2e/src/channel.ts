/** Runs commands in dom0 through the rig's agent; the protocol is described in `native/agent.c`. */
import { createConnection, type Socket } from 'node:net';

/** Where a host's agent is reached. */
export interface AgentAddress {
  /** Port on this machine's loopback. */
  readonly port: number;
  /** What the agent expects before it does anything. */
  readonly token: string;
}

/** How a command runs in dom0. */
export interface RunOptions {
  /** Ends the command after this many milliseconds; 120 000 when not given. */
  readonly timeoutMs?: number;
  /** Working directory in dom0; `/root` when not given. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty when not given. */
  readonly input?: string | Buffer | AsyncIterable<Buffer>;
  /** Ends the command with SIGKILL. */
  readonly signal?: AbortSignal;
  /** Sees standard output as it comes. */
  readonly onStdout?: (chunk: Buffer) => void;
  /** Sees standard error as it comes. */
  readonly onStderr?: (chunk: Buffer) => void;
}

/** How a command ended. */
export interface RunResult {
  /** Its exit code; 128 and the signal's number when a signal ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output as it came. */
  readonly bytes: Buffer;
  /** From the request to the exit code, as seen from outside. */
  readonly elapsedMs: number;
}

const SIGKILL = 9;

/** One frame: type, length, payload. */
function frame(type: string, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(payload.length, 1);
  return Buffer.concat([head, payload]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Cuts what arrives into frames. */
function frameReader(take: (type: string, payload: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5) {
      const length = rest.readUInt32BE(1);
      if (rest.length < 5 + length) return;
      take(rest.toString('latin1', 0, 1), rest.subarray(5, 5 + length));
      rest = rest.subarray(5 + length);
    }
  };
}

/** Connects and sends the request. */
function open(
  address: AgentAddress,
  mode: 'run' | 'pty',
  cwd: string,
  command: string,
  env: readonly string[],
): Socket {
  const socket = createConnection({ host: '127.0.0.1', port: address.port, noDelay: true });
  const request = Buffer.from([address.token, mode, cwd, command, ...env].map((word) => `${word}\0`).join(''));
  socket.write(Buffer.concat([u32(request.length), request]));
  return socket;
}

/**
 * Runs a shell command in dom0 and collects what it says.
 *
 * @throws Error when the agent cannot be reached, the connection breaks, or the time is up (what was said so far is in the message)
 */
export async function runInDom0(address: AgentAddress, command: string, options: RunOptions = {}): Promise<RunResult> {
  const started = performance.now();
  const timeoutMs = options.timeoutMs ?? 120_000;
  const env = Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const socket = open(address, 'run', options.cwd ?? '/root', command, env);
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let exitCode: number | undefined;
  let fault: Error | undefined;
  const said = (): string =>
    Buffer.concat([...out, ...err])
      .toString()
      .slice(-2000);
  const kill = (reason: string): void => {
    fault ??= new Error(`${reason}: ${command}\n${said()}`);
    socket.write(frame('K', u32(SIGKILL)));
    socket.end();
    setTimeout(() => socket.destroy(), 1000).unref();
  };
  socket.on(
    'data',
    frameReader((type, payload) => {
      if (type === 'O') {
        out.push(payload);
        options.onStdout?.(payload);
      } else if (type === 'E') {
        err.push(payload);
        options.onStderr?.(payload);
      } else if (type === 'X') {
        exitCode = payload.readUInt32BE();
        socket.end();
      }
    }),
  );
  const timer = setTimeout(() => {
    kill(`not done in ${String(timeoutMs)} ms`);
  }, timeoutMs);
  const onAbort = (): void => {
    kill('aborted');
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  void feed(socket, options.input ?? '').catch((error: unknown) => {
    kill(`its input failed (${String(error)})`);
  });
  await new Promise<void>((resolve) => {
    socket.on('error', (error) => {
      if (exitCode === undefined) fault ??= new Error(`dom0's agent on port ${String(address.port)}: ${error.message}`);
    });
    socket.on('close', () => {
      resolve();
    });
  });
  clearTimeout(timer);
  options.signal?.removeEventListener('abort', onAbort);
  if (fault !== undefined) throw fault;
  if (exitCode === undefined) throw new Error(`the connection to dom0 broke while it ran: ${command}\n${said()}`);
  const bytes = Buffer.concat(out);
  const stderr = Buffer.concat(err).toString();
  return { exitCode, stdout: bytes.toString(), stderr, bytes, elapsedMs: performance.now() - started };
}

async function feed(socket: Socket, input: string | Buffer | AsyncIterable<Buffer>): Promise<void> {
  const parts = typeof input === 'string' || Buffer.isBuffer(input) ? [Buffer.from(input)] : input;
  for await (const part of parts) {
    for (let at = 0; at < part.length; at += 32768) {
      if (!socket.writable) return;
      const room = socket.write(frame('I', part.subarray(at, at + 32768)));
      if (!room) {
        await new Promise<void>((resolve) => {
          const done = (): void => {
            socket.off('drain', done).off('close', done);
            resolve();
          };
          socket.on('drain', done).on('close', done);
        });
      }
    }
  }
  if (socket.writable) socket.write(frame('C', Buffer.alloc(0)));
}

/**
 * Attaches this terminal to a command in dom0 that gets a terminal of its own.
 *
 * @returns the command's exit code
 */
export async function attachToDom0(address: AgentAddress, command: string, cwd = '/root'): Promise<number> {
  const { stdin, stdout } = process;
  const socket = open(address, 'pty', cwd, command, [`TERM=${process.env['TERM'] ?? 'linux'}`]);
  const resize = (): void => {
    if (stdout.isTTY) socket.write(frame('W', Buffer.concat([u32(stdout.rows), u32(stdout.columns)])));
  };
  const type = (chunk: Buffer): void => {
    socket.write(frame('I', chunk));
  };
  let exitCode = 1;
  socket.on(
    'data',
    frameReader((kind, payload) => {
      if (kind === 'O') stdout.write(payload);
      if (kind !== 'X') return;
      exitCode = payload.readUInt32BE();
      socket.end();
    }),
  );
  resize();
  stdout.on('resize', resize);
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', type);
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject).on('close', () => {
      resolve();
    });
  }).finally(() => {
    stdout.off('resize', resize);
    stdin.off('data', type).pause();
    if (stdin.isTTY) stdin.setRawMode(false);
  });
  return exitCode;
}
