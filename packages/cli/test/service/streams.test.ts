import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, createReadStream, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const STREAMS = new URL('../../dist/service/streams.js', import.meta.url).href;
/** More than a pipe holds. */
const LENGTH = 300_000;
const TALKER = `
const { say, streamFacts } = await import('${STREAMS}');
process.on('exit', (code) => process.stderr.write(JSON.stringify({ code, ...streamFacts('stdout') })));
say('stdout', 'x'.repeat(${LENGTH}) + 'end');
`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-streams-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** A process that says a lot to the given descriptor, and what it said of itself in the end. */
function talker(stdout: 'pipe' | number) {
  // By way of a shell: what Node hands on as standard output itself, it has wait.
  const words = ['-c', 'exec "$0" "$@" >&3', process.execPath, '--input-type=module', '-e', TALKER];
  const child = spawn('sh', words, { stdio: ['ignore', 'ignore', 'pipe', stdout] });
  let told = '';
  child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  return { output: child.stdio[3] as Readable | null, ended: once(child, 'close').then(() => told) };
}

describe('what a command says that a service carried out', () => {
  it('comes whole through a pipe whose reader is slow', async () => {
    const { output, ended } = talker('pipe');
    let said = '';
    for await (const chunk of output ?? []) {
      said += String(chunk);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(said.length).toBe(LENGTH + 3);
    expect(said.endsWith('end')).toBe(true);
    expect(await ended).toBe('{"code":0,"isTTY":false}');
  });

  it('comes whole through a pipe that does not wait for its reader', async () => {
    const path = join(directory, 'fifo');
    execFileSync('mkfifo', [path]);
    const ends = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const { ended } = talker(ends);
    const reader = createReadStream(path);
    closeSync(ends);
    let said = 0;
    for await (const chunk of reader) said += (chunk as Buffer).length;
    expect(said).toBe(LENGTH + 3);
    expect(await ended).toBe('{"code":0,"isTTY":false}');
  });

  it('is left out where the reader is gone', async () => {
    const { output, ended } = talker('pipe');
    output?.destroy();
    expect(await ended).toBe('{"code":0,"isTTY":false}');
  });
});
