import { closeSync, writeSync } from 'node:fs';
import { signature, type ForeignBackend } from '../../src/index.js';

/** A pipe made by pipe(2). */
export function pipeSync(backend: ForeignBackend): {
  readonly readEnd: number;
  write(text: string): void;
  close(): void;
} {
  const fds = Buffer.alloc(8);
  const { result } = backend
    .open(['libc.so.6'])
    .bind(signature('pipe', 'int', ['pointer']))
    .call(fds);
  if (result !== 0) throw new Error('pipe failed');
  const readEnd = fds.readInt32LE(0);
  const writeEnd = fds.readInt32LE(4);
  return {
    readEnd,
    write: (text) => void writeSync(writeEnd, text),
    close() {
      closeSync(readEnd);
      closeSync(writeEnd);
    },
  };
}
