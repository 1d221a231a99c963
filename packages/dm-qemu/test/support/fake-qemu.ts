import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cleanUp } from './machine.js';

/** What a fake QEMU answers to a command: a value, an error's text, lines of its own (with the command's id for `<id>`), or nothing at all. */
export type Answer =
  { readonly return: unknown } | { readonly error: string } | { readonly lines: readonly string[] } | 'silence';

/** What one that runs answers. */
const USUAL: Readonly<Record<string, Answer>> = { 'query-status': { return: { running: true, status: 'running' } } };

/** A QEMU that only speaks its machine protocol; each command that it got is kept. */
export async function fakeQemu(
  answers: Readonly<Record<string, Answer>> = {},
  { greeting = '{"QMP": {"version": {}, "capabilities": []}}', path }: { greeting?: string; path?: string } = {},
) {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-qmp-'));
  cleanUp(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const at = path ?? join(directory, 'qmp');
  const got: { readonly execute: string; readonly arguments?: unknown }[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (greeting !== '') socket.write(`${greeting}\r\n`);
    socket.setEncoding('utf8');
    let buffered = '';
    socket.on('data', (chunk: string) => {
      const lines = (buffered + chunk).split('\n');
      buffered = lines.pop() ?? '';
      for (const line of lines) {
        const { id, ...command } = JSON.parse(line) as { execute: string; id: number };
        got.push(command);
        const answer = answers[command.execute] ?? USUAL[command.execute] ?? { return: {} };
        if (answer === 'silence') continue;
        if ('lines' in answer) for (const text of answer.lines) socket.write(`${text.replace('<id>', String(id))}\n`);
        else if ('error' in answer)
          socket.write(`${JSON.stringify({ id, error: { class: 'GenericError', desc: answer.error } })}\n`);
        else socket.write(`${JSON.stringify({ ...answer, id })}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(at, resolve));
  cleanUp(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const say = (message: object): void => {
    for (const socket of sockets) socket.write(`${JSON.stringify(message)}\n`);
  };
  return { path: at, got, say, hangUp: () => sockets.forEach((socket) => socket.destroy()) };
}
