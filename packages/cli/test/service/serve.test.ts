import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askService } from '../../src/service/ask.js';
import { ownCircumstances } from '../../src/service/circumstances.js';
import { listenAt } from '../../src/service/listen.js';
import { createService, type Service, type ServiceOptions, type Told } from '../../src/service/serve.js';
import type { RemoteIo } from '../../src/service/session.js';

let directory: string;
let path: string;
let service: Service | undefined;
let told: Told[];
let sockets: Socket[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-serve-'));
  path = join(directory, 'service');
  told = [];
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await service?.close();
  service = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const facts = { isTTY: false };
const ask = (words: readonly string[], version = '1') => ({
  version,
  words,
  circumstances: ownCircumstances(),
  stdout: facts,
  stderr: { isTTY: true, columns: 20 },
});

async function serving(
  run: (words: readonly string[], io: RemoteIo) => Promise<number>,
  more: Pick<ServiceOptions, 'declines' | 'wordWithinMs'> = {},
): Promise<void> {
  const onTold = (one: Told): void => void told.push(one);
  service = createService({ version: '1', run, onTold, ...more });
  await listenAt(service.server, path);
}

/** Asks, and keeps what is shown. */
async function asked(words: readonly string[], version?: string) {
  let out = '';
  let err = '';
  const code = await askService(
    { path, ask: ask(words, version) },
    { out: (text) => (out += text), err: (text) => (err += text), columns: 20 },
  );
  return { code, out, err };
}

/** A connection that says these lines, and what it was answered once `until` is in it, or it is closed. */
function says(lines: readonly string[], until?: RegExp): { readonly socket: Socket; readonly answer: Promise<string> } {
  const socket = connect(path);
  sockets.push(socket);
  for (const line of lines) socket.write(`${line}\n`);
  const answer = new Promise<string>((resolve) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      if (until?.test(text) === true) resolve(text);
    });
    socket.on('close', () => {
      resolve(text);
    });
    socket.on('error', () => undefined);
  });
  return { socket, answer };
}

/** Runs until a signal comes. */
const untilSignal = (words: readonly string[], io: RemoteIo): Promise<number> =>
  new Promise((resolve) => {
    io.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
      io.stderr.write(`${words[0] ?? ''} saw ${signal}\n`);
      resolve(7);
    });
    io.stdout.write('listening\n');
  });

describe('the service', () => {
  it('shows what a command line says, in its order, and answers its exit code', async () => {
    await serving((words, io) => {
      io.stdout.write('one\n');
      io.showProgress?.('going on and on and on');
      io.stderr.write('two\n');
      return Promise.resolve(words.length);
    });
    expect(await asked(['list', 'a', 'b'])).toEqual({
      code: 3,
      out: 'one\n',
      err: 'going on and on and\r\x1b[2Ktwo\n',
    });
    expect(told).toEqual([{ event: 'ended', words: ['list', 'a', 'b'], exitCode: 3 }]);
  });

  it('passes signals on', async () => {
    await serving(untilSignal);
    const { out, err, code } = await new Promise<Awaited<ReturnType<typeof asked>>>((resolve) => {
      let out = '';
      let err = '';
      void askService(
        { path, ask: ask(['create']) },
        {
          out: (text) => {
            out += text;
            process.emit('SIGTERM', 'SIGTERM');
          },
          err: (text) => (err += text),
          columns: 0,
        },
      ).then((code) => {
        resolve({ out, err, code });
      });
    });
    expect({ out, err, code }).toEqual({ out: 'listening\n', err: 'create saw SIGTERM\n', code: 7 });
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });

  it('takes an asking process that is gone for a terminal that hung up', async () => {
    const seen: NodeJS.Signals[] = [];
    await serving(async (words, io) => {
      io.onSignal(['SIGHUP'], (signal) => seen.push(signal));
      return untilSignal(words, io);
    });
    const { socket, answer } = says([JSON.stringify({ ask: ask(['create']) }), '{"go":true}'], /listening/);
    await answer;
    socket.destroy();
    while (told.length === 0) await new Promise(setImmediate);
    expect(seen).toEqual(['SIGHUP']);
  });

  it('does nothing before the asking process says go, and nothing for one that is gone by then', async () => {
    let runs = 0;
    await serving(() => Promise.resolve(++runs));
    const { socket, answer } = says([JSON.stringify({ ask: ask(['create']) })], /taken/);
    await answer;
    socket.destroy();
    expect((await asked(['create'])).code).toBe(1);
    expect(runs).toBe(1);
  });

  it('declines another version', async () => {
    await serving(() => Promise.resolve(0));
    expect((await asked(['create'], '2')).code).toBeUndefined();
    expect(told).toEqual([{ event: 'declined', words: ['create'], why: 'it is of version 2, the service of 1' }]);
  });

  it('declines where it cannot find out whether it should', async () => {
    await serving(() => Promise.resolve(0), {
      declines() {
        throw new Error('ESTALE');
      },
    });
    expect((await asked(['create'])).code).toBeUndefined();
    expect(told).toMatchObject([{ event: 'declined', why: 'Error: ESTALE' }]);
  });

  it('declines what comes while it ends, and ends once all is done that is under way', async () => {
    let done: (() => void) | undefined;
    await serving(async () => {
      await new Promise<void>((resolve) => (done = resolve));
      return 0;
    });
    const first = asked(['create']);
    while (done === undefined) await new Promise(setImmediate);
    const closed = service?.close();
    expect((await asked(['list'])).code).toBeUndefined();
    done();
    expect((await first).code).toBe(0);
    await closed;
  });

  it('does not wait for a stopped process that has its answer before it ends, nor for one that gets it then', async () => {
    let finish: (() => void) | undefined;
    const run = ([word]: readonly string[]): Promise<number> =>
      word === 'list' ? Promise.resolve(0) : new Promise((resolve) => (finish = () => resolve(0)));
    // Long enough for the words of a process that was not stopped.
    await serving(run, { wordWithinMs: 1000 });
    for (const word of ['list', 'create']) {
      // Like a process that was stopped by Ctrl-Z: it reads no more, and is not gone.
      const { socket, answer } = says([JSON.stringify({ ask: ask([word]) })], /taken/);
      await answer;
      socket.pause();
      socket.write('{"go":true}\n');
    }
    while (finish === undefined || told.length === 0) await new Promise(setImmediate);
    let closed = false;
    const closing = service?.close().then(() => (closed = true));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(closed).toBe(false);
    finish();
    await closing;
  });

  it('tells who asked that it ended in the middle, in the form that was asked for', async () => {
    for (const words of [['create'], ['create', '--json']]) {
      const connections: Socket[] = [];
      await serving(() => {
        for (const connection of connections) connection.destroy();
        return new Promise(() => undefined);
      });
      service?.server.on('connection', (connection) => connections.push(connection));
      const { code, err, out } = await asked(words);
      expect(code).toBe(1);
      if (words.length === 1) expect(err).toMatch(/^xen-image: error \[SERVICE_LOST\]: .*\n {2}hint: /);
      else expect(JSON.parse(out)).toMatchObject({ command: 'create', error: { code: 'SERVICE_LOST' } });
      await service?.close();
    }
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '7'],
    ['no question', '{"go":true}'],
    ['a question without words', '{"ask":{"version":"1"}}'],
    ['a line without an end', 'x'.repeat(5 * 1024 * 1024)],
  ])('ends a connection that says %s', async (_what, line) => {
    await serving(() => Promise.resolve(0));
    expect(await says([line]).answer).toBe('');
    expect((await asked(['list'])).code).toBe(0);
  });

  it.each([
    ['what is no word of it', '{"hello":true}'],
    ['what it declined', JSON.stringify({ ask: ask(['create'], '2') })],
  ])('carries nothing out on a connection that it has ended for %s', async (_what, line) => {
    let runs = 0;
    await serving(() => Promise.resolve(++runs));
    await says([`${line}\n${JSON.stringify({ ask: ask(['create']) })}\n{"go":true}`]).answer;
    expect((await asked(['list'])).code).toBe(1);
    expect(runs).toBe(1);
  });

  it('runs on when a command line throws', async () => {
    await serving(() => Promise.reject(new Error('defect')));
    expect((await asked(['list'])).code).toBe(1);
    expect((await asked(['list'])).code).toBe(1);
  });
});
