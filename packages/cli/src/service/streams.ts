import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { outliveReaders } from '../readers.js';
import type { StreamFacts } from './protocol.js';

/** The descriptors of what a command says. */
type Name = 'stdout' | 'stderr';
const FD = { stdout: 1, stderr: 2 } as const;

/** How this process's stream shows text. One that is no terminal is not opened for the answer, which takes its time. */
export function streamFacts(name: Name): StreamFacts {
  if (!isatty(FD[name])) return { isTTY: false };
  const { columns } = process[name];
  return { isTTY: true, ...(typeof columns === 'number' ? { columns } : {}) };
}

/**
 * Writes text to this process's stream, at once where it is no terminal. Whoever reads it may be gone, or slow where the
 * stream does not wait.
 */
export function say(name: Name, text: string): void {
  let rest = Buffer.from(text);
  if (!isatty(FD[name])) {
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(FD[name], rest));
      return;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
    }
  }
  outliveReaders();
  process[name].write(rest);
}
