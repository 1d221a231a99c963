import { HEADER_BYTES } from './messages.js';
import type { Deal } from './wire.js';

/** What a lie is told with: the answer, and what can be done around it. */
export interface Occasion {
  readonly message: Buffer;
  /** Waits until the limit of whoever asked has passed. */
  readonly outlast: () => Promise<void>;
  /** Aborts the operation. */
  readonly abort: () => void;
}

/** A way in which an answer goes wrong. */
export interface Lie {
  readonly kind: 'answered twice' | 'late answer' | 'lying answer';
  /** What it is, in words. */
  readonly what: string;
  /** Whether the client is to have a limit that can be outlasted. */
  readonly impatient?: true;
  tell(occasion: Occasion): Deal | Promise<Deal>;
  /** Once more, after the next answer. */
  readonly again?: true;
  /** Codes by which an operation fails that noticed it; absent where there is nothing that must be noticed. */
  readonly noticed?: readonly string[];
}

/** The connection is given up, or what follows finds that it was. */
const BROKEN = ['XENSTORE_PROTOCOL', 'XENSTORE_DISCONNECTED', 'XENSTORE_TRANSACTION_LOST', 'QMP_FAILED'];

const DEPTH = 200_000;
const ERROR = 16;
const WATCH_EVENT = 15;

/** A frame with other fields in its header. */
function changed(frame: Buffer, fields: { op?: number; id?: number; transaction?: number; length?: number }): Buffer {
  const copy = Buffer.from(frame);
  const { op, id, transaction, length } = fields;
  if (op !== undefined) copy.writeUInt32LE(op, 0);
  if (id !== undefined) copy.writeUInt32LE(id, 4);
  if (transaction !== undefined) copy.writeUInt32LE(transaction, 8);
  if (length !== undefined) copy.writeUInt32LE(length, 12);
  return copy;
}

/** A frame of another type and payload that answers the same request. */
function inPlaceOf(frame: Buffer, op: number, payload: string): Buffer {
  const body = Buffer.from(payload);
  const header = changed(frame.subarray(0, HEADER_BYTES), { op, length: body.length });
  return Buffer.concat([header, body]);
}

const only = (message: Buffer, end = false): Deal => ({ send: [message], end });

const COMMON = (): readonly Lie[] => [
  {
    kind: 'answered twice',
    what: 'given twice',
    noticed: BROKEN,
    tell: ({ message }) => ({ send: [message, message] }),
  },
  {
    kind: 'answered twice',
    what: 'given again after the next',
    again: true,
    noticed: BROKEN,
    tell: ({ message }) => only(message),
  },
  {
    kind: 'late answer',
    what: 'given when the time for it is over',
    impatient: true,
    noticed: ['XENSTORE_TIMEOUT', 'QMP_TIMEOUT', 'DEVICE_MODEL_TIMEOUT'],
    async tell({ message, outlast }) {
      await outlast();
      return only(message);
    },
  },
  {
    kind: 'late answer',
    what: 'given after the operation was aborted',
    async tell({ message, abort }) {
      abort();
      for (let turns = 0; turns < 3; turns += 1) await new Promise((resolve) => setImmediate(resolve));
      return only(message);
    },
  },
  {
    kind: 'lying answer',
    what: 'cut off in its midst, with the connection',
    noticed: BROKEN,
    tell: ({ message }) => only(message.subarray(0, message.length / 2), true),
  },
  {
    kind: 'lying answer',
    what: 'not given, the connection closed',
    noticed: BROKEN,
    tell: () => ({ send: [], end: true }),
  },
];

/** Lies of the store's daemon. None is a plausible answer, which no client could tell from the truth. */
export const STORE_LIES: readonly Lie[] = [
  ...COMMON(),
  {
    kind: 'lying answer',
    what: 'given to another request',
    noticed: BROKEN,
    tell: ({ message }) => only(changed(message, { id: message.readUInt32LE(4) + 1000 })),
  },
  {
    kind: 'lying answer',
    what: 'of another type',
    noticed: BROKEN,
    tell: ({ message }) => only(changed(message, { op: (message.readUInt32LE(0) % 13) + 1 })),
  },
  {
    kind: 'lying answer',
    what: 'of another transaction',
    noticed: BROKEN,
    tell: ({ message }) => only(changed(message, { transaction: message.readUInt32LE(8) + 7 })),
  },
  {
    kind: 'lying answer',
    what: 'said to have 4 GiB',
    noticed: BROKEN,
    tell: ({ message }) => only(changed(message, { length: 0xffffffff })),
  },
  {
    kind: 'lying answer',
    what: 'an error',
    noticed: ['XENSTORE_IO'],
    tell: ({ message }) => only(inPlaceOf(message, ERROR, 'EIO\0')),
  },
  {
    kind: 'lying answer',
    what: 'an error without a name',
    noticed: BROKEN,
    tell: ({ message }) => only(inPlaceOf(message, ERROR, '\u001b[2J')),
  },
  {
    kind: 'lying answer',
    what: 'behind an event of no watch',
    tell: ({ message }) => ({ send: [inPlaceOf(message, WATCH_EVENT, '/local\0nobody\0'), message] }),
  },
  {
    kind: 'lying answer',
    what: 'behind an event that says nothing',
    noticed: BROKEN,
    tell: ({ message }) => ({ send: [inPlaceOf(message, WATCH_EVENT, ''), message] }),
  },
];

/** A line of QMP in place of another, with its id. */
function line(message: Buffer, change: (answer: Record<string, unknown>) => unknown): Deal {
  const answer = JSON.parse(message.toString()) as Record<string, unknown>;
  return only(Buffer.from(`${JSON.stringify(change(answer))}\r\n`));
}

/** Lies of a device model that a guest may have got the better of. */
export const QMP_LIES: readonly Lie[] = [
  ...COMMON(),
  {
    kind: 'lying answer',
    what: 'given to another command',
    noticed: BROKEN,
    tell: ({ message }) => line(message, (answer) => ({ ...answer, id: 1000 })),
  },
  { kind: 'lying answer', what: 'no JSON', noticed: BROKEN, tell: () => only(Buffer.from('\u001b[2J\r\n')) },
  {
    kind: 'lying answer',
    what: 'nested deeply',
    noticed: BROKEN,
    tell: ({ message }) => {
      const { id = 0 } = JSON.parse(message.toString()) as { readonly id?: number };
      return only(Buffer.from(`{"id": ${id}, "return": ${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}\r\n`));
    },
  },
  {
    kind: 'lying answer',
    what: 'without an end',
    noticed: BROKEN,
    tell: () => ({ send: [Buffer.alloc(2 * 1024 * 1024, 'x')] }),
  },
  {
    kind: 'lying answer',
    what: 'an error',
    noticed: BROKEN,
    tell: ({ message }) =>
      line(message, ({ id }) => ({ id, error: { class: 'GenericError', desc: 'told by the harness' } })),
  },
  {
    kind: 'lying answer',
    what: 'of another form',
    tell: ({ message }) => line(message, ({ id }) => ({ id, return: 7 })),
  },
  {
    kind: 'lying answer',
    what: 'behind an event',
    tell: ({ message }) => ({ send: [Buffer.from('{"event": "RESUME", "data": null}\r\n'), message] }),
  },
];
