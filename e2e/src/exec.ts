/** Programs of the machine the rig runs on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What {@link exec} may be told. */
export interface ExecOptions {
  /** Working directory. */
  readonly cwd?: string;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends the program after this many milliseconds; 10 minutes when not given. */
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end and gives its standard output.
 *
 * @throws Error with the program's last words when it cannot be started, fails, or takes too long.
 */
export async function exec(program: string, args: readonly string[], options: ExecOptions = {}): Promise<Buffer> {
  const timeoutMs = options.timeoutMs ?? 600_000;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  let code: number | null;
  let signal: NodeJS.Signals | null;
  try {
    [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  } catch (cause) {
    throw new Error(`${program} cannot be started: ${(cause as Error).message}`, { cause });
  }
  if (code !== 0) {
    const words = Buffer.concat([...err, ...out])
      .toString()
      .trim()
      .split('\n')
      .slice(-15)
      .join('\n');
    const how =
      code === null ? `ended by ${String(signal)} (limit ${String(timeoutMs)} ms)` : `exit code ${String(code)}`;
    throw new Error(`${program} ${args.join(' ')}: ${how}\n${words}`);
  }
  return Buffer.concat(out);
}
