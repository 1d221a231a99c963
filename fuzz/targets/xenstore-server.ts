import { DOMAINS, Operation, Registry } from '@xen-image/core';
import { openSimulator } from '@xen-image/xen-sim';
import { expect } from '../engine/expect.js';
import { InputReader } from '../engine/reader.js';
import type { Target } from '../engine/target.js';
import { Session } from '../../packages/xenstore/src/server/session.js';
import { OP } from '../../packages/xenstore/src/operations.js';
import { encodeFrame, FrameDecoder } from '../../packages/xenstore/src/wire.js';

const GUEST = 5;
const SECRET = 'only domain 0 may know this';
const PATHS = [
  '/local/domain/5/data',
  '/local/domain/5',
  '/secret',
  '/secret/below',
  '/',
  'data/x',
  'data',
  '/local/domain/0/name',
  '@releaseDomain',
  '@introduceDomain/x',
  '../5',
  '//',
  '/a/../secret',
  '',
];
const OPS = Object.values(OP);
/** More answers than questions, watch events apart, are lies of our own. */
const MOST_WAIT_TURNS = 1000;

const owner = { domid: 0, read: false, write: false };
const ALONE = [owner];
const READABLE = [owner, { domid: GUEST, read: true, write: false }];
const ITS_OWN = [{ domid: GUEST, read: false, write: false }];

/** A store with something that a guest must not see and a place where it may write. */
async function host() {
  const simulator = openSimulator();
  const registry = new Registry();
  registry.use(simulator.plugin);
  const domains = new Operation(registry).get(DOMAINS);
  const spec = { container: 'pv', hap: false, emulation: 'none', maxVcpus: 1 } as const;
  for (let domid = 1; domid <= GUEST; domid += 1) {
    await domains.create({ ...spec, uuid: `00000000-0000-4000-8000-00000000000${domid}` });
  }
  const backend = simulator.storeBackend();
  const dom0 = { domid: 0, transactionId: 0 };
  const put = async (path: string, value: string, permissions: typeof ALONE): Promise<void> => {
    await backend.write(dom0, path, Buffer.from(value));
    await backend.setPerms(dom0, path, permissions);
  };
  await put('/secret', SECRET, ALONE);
  await put('/local/domain/5', '', READABLE);
  await put('/local/domain/5/data', '', ITS_OWN);
  return { backend, secret: async () => Buffer.from(await backend.read(dom0, '/secret')).toString() };
}

function payloadOf(reader: InputReader): Buffer {
  const how = reader.byte();
  if (how & 0x80) return reader.piece();
  const strings = [reader.pick(PATHS)];
  if (how & 1) strings.push(reader.pick(['T', 'F', '0', 'tok', 'n5', 'b5', 'r0', 'w5', '99999999999', '-1']));
  if (how & 2) strings.push(reader.pick(['b0', 'r5', '1', 'x']));
  return Buffer.from(strings.join('\0') + (how & 4 ? '' : '\0') + (how & 8 ? reader.text() : ''));
}

/** The server of the simulated store against a guest that lies. */
export const xenstoreServer: Target = {
  name: 'xenstore-server',
  seeds: () => [
    Buffer.from([0, 2, 0, 0, 0]),
    Buffer.from([0, 11, 0, 8, 0, 1, 120, 0]),
    Buffer.from([0, 6, 0, 0, 1, 0, 0, 2, 0, 0, 0, 7, 1, 1, 0, 0]),
    Buffer.from([0, 4, 0, 1, 0, 3, 0, 11, 0, 8, 0, 1, 120]),
    Buffer.from([0, 14, 0, 3, 1, 4, 0, 0, 2, 0, 0, 2]),
  ],
  words: [],
  async run(input) {
    const { backend, secret } = await host();
    let answers = 0;
    const dropped = new AbortController();
    const out = new FrameDecoder({
      limit: () => 4096,
      frame: (op, _id, _transaction, bytes, start, end) => {
        if (op !== OP.WATCH_EVENT) answers += 1;
        expect(!bytes.toString('latin1', start, end).includes(SECRET), 'the guest is told a secret');
      },
    });
    const socket = {
      writableLength: 0,
      write: (bytes: Uint8Array) => {
        out.push(Buffer.from(bytes));
      },
      destroy: () => {
        dropped.abort();
      },
      pause: () => undefined,
      resume: () => undefined,
    };
    const session = new Session(socket, backend, GUEST);
    const reader = new InputReader(input);
    let asked = 0;
    for (let steps = 0; !reader.done && !dropped.signal.aborted && steps < 300; steps += 1) {
      const raw = reader.byte();
      if (raw === 255) session.data(reader.piece());
      else {
        const op = raw & 1 ? reader.word() : reader.pick(OPS);
        asked += 1;
        session.data(encodeFrame(op, steps, raw & 2 ? reader.byte() : 0, payloadOf(reader)));
      }
      if (raw === 255) asked = Infinity;
    }
    for (let turns = 0; answers < asked && Number.isFinite(asked) && !dropped.signal.aborted; turns += 1) {
      expect(turns < MOST_WAIT_TURNS, `${answers} answers to ${asked} requests`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(answers <= asked, `${answers} answers to ${asked} requests`);
    session.end();
    expect((await secret()) === SECRET, 'the guest changed what is domain 0’s');
  },
};
