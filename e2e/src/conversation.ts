/** A program in dom0 that is spoken with, a line each way at a time. */
import type { CaseTools } from './case.js';

/** What a case says to a program and hears from it. */
export interface Conversation {
  /** The next line that the program prints. */
  hear(): Promise<string>;
  /** Says a line, and gives the next one that the program prints. */
  ask(line: string): Promise<string>;
  /** Ends the program's input, and waits until it is gone; fails if it did not end well. */
  end(): Promise<void>;
}

/** Starts a command in dom0 and speaks with it; it is killed after `timeoutMs`. */
export function converse({ host, signal }: CaseTools, command: string, timeoutMs: number): Conversation {
  const toSay: string[] = [];
  const heard: string[] = [];
  let over = false;
  let wake = (): void => undefined;
  async function* input(): AsyncGenerator<Buffer> {
    for (;;) {
      const line = toSay.shift();
      if (line !== undefined) yield Buffer.from(`${line}\n`);
      else if (over) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  let listener: (() => void) | undefined;
  let rest = '';
  const running = host.must(command, {
    input: input(),
    timeoutMs,
    signal,
    onStdout: (chunk) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      heard.push(...lines);
      listener?.();
    },
  });
  const ended = running.then(() => Promise.reject(new Error(`it ended without an answer: ${command}`)));
  ended.catch(() => undefined);
  const hear = async (): Promise<string> => {
    const line = new Promise<string>((resolve) => {
      listener = () => {
        const first = heard.shift();
        if (first !== undefined) resolve(first);
      };
      listener();
    });
    try {
      return await Promise.race([line, ended]);
    } finally {
      listener = undefined;
    }
  };
  return {
    hear,
    ask(line) {
      toSay.push(line);
      wake();
      return hear();
    },
    async end() {
      over = true;
      wake();
      await running;
    },
  };
}
