import { main } from '../../src/main.js';
import type { Io } from '../../src/io.js';

/** How a run in this process came out. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The one document on stdout. */
  json(): Record<string, unknown>;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  /** Given the function that makes a signal arrive, once the command listens for signals. */
  readonly onListening?: (arrive: (signal: NodeJS.Signals) => void) => void;
  readonly columns?: number;
}

/** Runs a command line in this process, without a terminal. */
export async function run(words: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  let stdout = '';
  let stderr = '';
  const io: Io = {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    stdin: (async function* () {
      yield options.stdin ?? '';
    })(),
    env: options.env ?? {},
    onSignal(_signals, listener) {
      options.onListening?.(listener);
      return () => undefined;
    },
  };
  const code = await main(words, io);
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}
