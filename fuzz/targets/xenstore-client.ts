import { expect, expectSettled } from '../engine/expect.js';
import { InputReader } from '../engine/reader.js';
import type { Target } from '../engine/target.js';
import { openClient, type XenStoreClient } from '../../packages/xenstore/src/client.js';
import type { Transport, TransportEvents } from '../../packages/xenstore/src/transport/transport.js';
import type { Watch } from '../../packages/xenstore/src/watch.js';
import { OP } from '../../packages/xenstore/src/operations.js';
import type { Frame } from '../../packages/xenstore/src/wire.js';

const PATHS = ['/a', '/local/domain/1/name', '/', '@releaseDomain'];
const PAYLOADS = [
  '',
  'OK\0',
  'n0\0',
  'n0\0r5\0',
  'T\0',
  'a\0b\0',
  '7\0',
  '/local/domain/3\0',
  'E2BIG\0',
  'ENOENT\0',
  'x',
];
/** A client that keeps more than this for a daemon that talks too much keeps too much. */
const MOST_EVENTS = 100_000;

function frame(op: number, id: number, tx: number, payload: Uint8Array, length = payload.length): Buffer {
  const header = Buffer.alloc(16);
  [op, id, tx, length].forEach((word, index) => header.writeUInt32LE(word, 4 * index));
  return Buffer.concat([header, payload]);
}

/** A daemon that says what the input says. */
class LyingDaemon {
  readonly asked: Frame[] = [];
  #events: TransportEvents | undefined;
  #open = false;

  constructor(private readonly kind: Transport['kind']) {}

  readonly open = (events: TransportEvents): Transport => {
    this.#events = events;
    this.#open = true;
    return {
      kind: this.kind,
      address: 'fuzz',
      payloadMax: 4096,
      send: (frames) => void this.asked.push(...frames),
      close: () => (this.#open = false),
    };
  };

  say(bytes: Buffer, pieces: number): void {
    const size = Math.max(1, Math.ceil(bytes.length / pieces));
    for (let at = 0; at < bytes.length; at += size) {
      if (this.#open) this.#events?.data(bytes.subarray(at, at + size));
    }
  }

  hangUp(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#events?.closed(undefined);
  }

  /** Answers, or says something else than an answer. */
  act(reader: InputReader): void {
    const how = reader.byte();
    const to = this.asked.length === 0 ? undefined : this.asked[how % this.asked.length];
    const payload = how & 0x80 ? reader.piece() : Buffer.from(reader.pick(PAYLOADS));
    const pieces = 1 + (reader.byte() & 3);
    switch (how & 7) {
      case 0:
      case 1:
      case 2:
        if (to === undefined) return;
        this.say(frame(to.op, to.requestId, to.transactionId, payload), pieces);
        // An answer given once is mostly not given again.
        if ((how & 0x10) === 0) this.asked.splice(this.asked.indexOf(to), 1);
        return;
      case 3:
        if (to !== undefined) this.say(frame(OP.ERROR, to.requestId, to.transactionId, payload), pieces);
        return;
      case 4:
        this.say(frame(OP.WATCH_EVENT, 0, 0, payload.length > 0 ? payload : Buffer.from('/a\x000\0')), pieces);
        return;
      case 5:
        this.say(frame(reader.word(), reader.word(), reader.word(), payload, reader.word()), pieces);
        return;
      case 6:
        this.say(payload, pieces);
        return;
      default:
        if (to !== undefined) this.say(frame(to.op, to.requestId, reader.word(), payload, reader.word()), pieces);
    }
  }
}

function ask(client: XenStoreClient, reader: InputReader, watches: Watch[]): Promise<unknown> {
  const path = reader.pick(PATHS);
  switch (reader.byte() % 12) {
    case 0:
      return client.read(path);
    case 1:
      return client.directory(path);
    case 2:
      return client.getPerms(path);
    case 3:
      return client.write(path, reader.piece());
    case 4:
      return client.watch(path).then((watch) => watches.push(watch));
    case 5:
      return client.transaction((transaction) => transaction.read(path), { attempts: 2 });
    case 6:
      return client.getDomainPath(1);
    case 7:
      return client.isDomainIntroduced(1);
    case 8:
      return client.readMaybe(path);
    case 9:
      return client.batch([
        { op: 'read', path },
        { op: 'rm', path },
        { op: 'getPerms', path },
      ]);
    case 10:
      return watches.at(-1)?.close() ?? Promise.resolve();
    default:
      return client.startTransaction();
  }
}

/** The client of xenstore against a daemon that lies. */
export const xenstoreClient: Target = {
  name: 'xenstore-client',
  seeds: () => [
    Buffer.from([0, 0, 0, 0, 1, 0, 10, 0]),
    Buffer.from([0, 0, 0, 1, 0, 1, 0, 5, 0]),
    Buffer.from([0, 0, 0, 4, 1, 0, 1, 0, 1, 4, 0, 0, 1, 12, 0, 0]),
    Buffer.from([1, 0, 0, 5, 1, 0, 6, 0, 1, 0, 1, 0, 1, 0, 1, 0]),
    Buffer.from([2, 0, 0, 9, 1, 0, 3, 0, 1, 0, 1, 0]),
  ],
  words: [...PAYLOADS, '/a\x000\0', '4096\0', '1\0a\0\0'],
  async run(input) {
    const reader = new InputReader(input);
    const options = reader.byte();
    const daemon = new LyingDaemon(options & 1 ? 'device' : 'socket');
    const client = await openClient(daemon.open, {
      timeoutMs: 0,
      maxDirectoryBytes: 16 * 1024,
      ...(options & 2 ? { reconnect: { attempts: 2, firstDelayMs: 0, longestDelayMs: 0 } } : {}),
    });
    const watches: Watch[] = [];
    const work: Promise<unknown>[] = [];
    for (let steps = 0; !reader.done && steps < 200; steps += 1) {
      if (reader.byte() & 1) daemon.act(reader);
      else work.push(expectSettled(ask(client, reader, watches), 'a request'));
      // Requests leave, and continuations run, between what is said.
      if (!(reader.byte() & 1)) for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
      if (steps % 8 === 7) await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setImmediate(resolve));
    daemon.hangUp();
    client.close();
    await Promise.all(work);
    for (const watch of watches) {
      let events = 0;
      for (;;) {
        const step = await expectSettled(watch.next(), 'a watch');
        if (step === undefined || step.done === true) break;
        events += 1;
        expect(events < MOST_EVENTS, 'a watch keeps too much');
        expect(step.value.path.startsWith(watch.path) || watch.path === '/', `an event of ${step.value.path}`);
      }
    }
  },
};
