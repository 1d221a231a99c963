import { mkdtempSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openQmp, type Qmp } from '@xen-image/dm-qemu';
import { expectSettled, expectUnpolluted } from '../engine/expect.js';
import { InputReader } from '../engine/reader.js';
import type { Target } from '../engine/target.js';

/** A QEMU that is given this long for each answer, and never needs it. */
const TIMEOUT_MS = 2000;

const GREETING = '{"QMP": {"version": {}, "capabilities": []}}\r\n';
const LINES = [
  '{"return": {}}',
  '{"return": {"running": true, "status": "running"}}',
  '{"return": {"enabled": true, "host": "127.0.0.1", "service": "5901"}}',
  '{"error": {"class": "GenericError", "desc": "no"}}',
  '{"error": null}',
  '{"event": "DEVICE_DELETED", "data": {"device": "x"}}',
  '{"event": "STOP"}',
  '{"QMP": {}}',
  'null',
  '[]',
  '7',
  '{"__proto__": {"return": 1}}',
];

let server: Server | undefined;
let serve: (socket: Socket) => void = () => undefined;
const address = join(mkdtempSync(join(tmpdir(), 'xen-image-fuzz-')), 'qmp');

/** One server for all inputs; what it does with a connection is the input's. */
async function listening(): Promise<string> {
  if (server === undefined) {
    const started = createServer((socket) => {
      socket.on('error', () => undefined);
      serve(socket);
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(address, resolve));
    started.unref();
  }
  return address;
}

/** What is said next: a line as QEMU has them, with another id, or bytes of any kind. */
function said(reader: InputReader, id: unknown): Buffer {
  const how = reader.byte();
  if (how & 0x80) return reader.piece();
  const line = reader.pick(LINES);
  const named = how & 1 && line.startsWith('{') ? `{"id": ${JSON.stringify(id ?? null)}, ${line.slice(1)}` : line;
  const repeated = how & 2 ? `${named}\n`.repeat(1 + reader.byte()) : `${named}\n`;
  return Buffer.from(how & 4 ? '['.repeat(16 * reader.byte()) + repeated : repeated);
}

async function use(qmp: Qmp, reader: InputReader): Promise<void> {
  for (let commands = 0; commands < 4; commands += 1) {
    const command = reader.byte() % 5;
    if (command === 0) await expectSettled(qmp.status(), 'status');
    else if (command === 1) await expectSettled(qmp.vnc(), 'vnc');
    else if (command === 2) await expectSettled(qmp.removeDevice('x'), 'device_del');
    else if (command === 3) await expectSettled(Promise.all([qmp.status(), qmp.vnc(), qmp.stop()]), 'three at once');
    else await expectSettled(qmp.setVncPassword('secret'), 'a password');
  }
}

/** The client of QEMU's machine protocol against a QEMU that its guest has taken over. */
export const qmp: Target = {
  name: 'qmp',
  seeds: () => [
    Buffer.from([0, 1, 0, 1, 1, 1, 1, 1, 1, 1]),
    Buffer.from([1, 1, 0, 1, 2, 1, 2, 1, 2, 1]),
    Buffer.from([2, 1, 0, 1, 5, 1, 0, 1, 5]),
    Buffer.concat([Buffer.from([3, 0x80, GREETING.length]), Buffer.from(GREETING)]),
  ],
  words: [...LINES, GREETING, '\n', '{"return": ', '"id": 1', '[[[[', '\\ud800'],
  async run(input) {
    const commands = new InputReader(input.subarray(0, 4));
    const reader = new InputReader(input.subarray(4));
    serve = (socket) => {
      // A greeting that is none ends the matter at once: most inputs have one.
      if (!(reader.byte() & 0x40)) socket.write(GREETING);
      let id: unknown;
      const speak = (): void => {
        if (reader.done) socket.destroy();
        else socket.write(said(reader, id));
      };
      let buffered = '';
      socket.on('data', (chunk: Buffer) => {
        const lines = (buffered + chunk.toString()).split('\n');
        buffered = lines.pop() ?? '';
        for (const line of lines) {
          id = (JSON.parse(line) as { id?: unknown }).id;
          speak();
        }
      });
      // What was said may have been no answer: it goes on talking until it has nothing left to say.
      const talking = setInterval(speak, 2);
      socket.on('close', () => {
        clearInterval(talking);
      });
    };
    const connected = await expectSettled(openQmp(await listening(), TIMEOUT_MS), 'the greeting');
    if (connected === undefined) return;
    try {
      await use(connected, commands);
    } finally {
      connected.close();
    }
    expectUnpolluted();
  },
};
