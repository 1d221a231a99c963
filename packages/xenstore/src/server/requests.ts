import { createHash } from 'node:crypto';
import { isXenImageError } from '@xen-image/core';
import type { StorePermission } from '@xen-image/core';
import { checkPath } from '../path.js';
import type { PathKind } from '../path.js';
import { formatPermissions, parsePermission } from '../permissions.js';
import { OP } from '../operations.js';
import { joinStrings, PAYLOAD_MAX, splitStrings } from '../wire.js';
import type { Payload } from '../wire.js';
import type { Awaitable, Caller } from './backend.js';
import { refuse } from './refuse.js';
import type { SessionState } from './session-state.js';

/** A reply's payload, and what follows it on the wire. */
export interface Answer {
  readonly payload: Payload;
  readonly afterwards?: (() => void) | undefined;
}

type Handler = (state: SessionState, caller: Caller, payload: Buffer) => Awaitable<Answer>;

/**
 * Does what a request asks for.
 *
 * @throws an error that carries an errno
 */
export function answer(state: SessionState, op: number, transactionId: number, payload: Buffer): Awaitable<Answer> {
  const handler = HANDLERS.get(op) ?? refuse('ENOSYS');
  const caller = { domid: state.domid, transactionId: ANY_TRANSACTION.has(op) ? 0 : transactionId };
  state.checkTransaction(caller.transactionId);
  return handler(state, caller, payload);
}

/** Requests that do not look at the transaction they name. */
const ANY_TRANSACTION: ReadonlySet<number> = new Set([OP.WATCH, OP.UNWATCH]);

const OK: Answer = { payload: joinStrings('OK') };

function then<T>(value: Awaitable<T>, spell: (value: T) => Answer): Awaitable<Answer> {
  return value instanceof Promise ? value.then(spell) : spell(value);
}

function done(value: Awaitable<void>): Awaitable<Answer> {
  return then(value, () => OK);
}

/** The strings of a request that has exactly so many. */
function strings(payload: Buffer, count: number): string[] {
  const parts = splitStrings(payload) ?? [];
  return parts.length === count ? parts : refuse('EINVAL');
}

function pathOf(state: SessionState, text: string, kind: PathKind = 'node'): string {
  try {
    checkPath(text, kind);
  } catch (error) {
    if (isXenImageError(error)) refuse('EINVAL');
    throw error;
  }
  return state.absolute(text);
}

function domidOf(text: string): number {
  return /^\d{1,5}$/.test(text) && Number(text) <= 0xffff ? Number(text) : refuse('EINVAL');
}

/** A handler of requests that hold one path. */
function onPath(
  act: (state: SessionState, caller: Caller, path: string) => Awaitable<Answer>,
  kind?: PathKind,
): Handler {
  return (state, caller, payload) => {
    const [text = ''] = strings(payload, 1);
    return act(state, caller, pathOf(state, text, kind));
  };
}

/** A handler of requests that only domain 0 may make. */
function forDom0(handler: Handler): Handler {
  return (state, caller, payload) => (state.domid === 0 ? handler(state, caller, payload) : refuse('EACCES'));
}

/** A handler of requests of domain 0 that hold one domid. */
function onDomain(act: (state: SessionState, domid: number) => Awaitable<Answer>): Handler {
  return forDom0((state, _caller, payload) => act(state, domidOf(strings(payload, 1)[0] ?? '')));
}

const write: Handler = (state, caller, payload) => {
  const end = payload.indexOf(0);
  if (end < 0) refuse('EINVAL');
  const path = pathOf(state, payload.toString('utf8', 0, end));
  return done(state.backend.write(caller, path, payload.subarray(end + 1)));
};

const setPerms: Handler = (state, caller, payload) => {
  const [text = '', ...spelled] = splitStrings(payload) ?? refuse('EINVAL');
  const permissions = spelled.map((entry): StorePermission => parsePermission(entry) ?? refuse('EINVAL'));
  if (permissions.length === 0) refuse('EINVAL');
  return done(state.backend.setPerms(caller, pathOf(state, text, 'special'), permissions));
};

/** A part of a list too long for one message: its generation is a digest of the whole list. */
const directoryPart: Handler = (state, caller, payload) => {
  const [text = '', offsetText = ''] = strings(payload, 2);
  const offset = /^\d{1,9}$/.test(offsetText) ? Number(offsetText) : refuse('EINVAL');
  return then(state.backend.directory(caller, pathOf(state, text)), (names) => {
    const list = listOf(names);
    const generation = `${createHash('sha256').update(list).digest().readBigUInt64LE(0)}\0`;
    if (offset >= list.length) return { payload: `${generation}\0` };
    const room = PAYLOAD_MAX - generation.length - 1;
    if (list.length - offset <= room) return { payload: `${generation}${list.slice(offset)}\0` };
    return { payload: generation + list.slice(offset, list.lastIndexOf('\0', offset + room - 1) + 1) };
  });
};

/** The names of a directory as they are sent; names are ASCII, so that its characters are bytes. */
function listOf(names: readonly string[]): string {
  return names.length === 0 ? '' : joinStrings(...names);
}

const watch: Handler = (state, _caller, payload) => {
  const [path = '', token = ''] = strings(payload, 2);
  pathOf(state, path, 'special');
  state.watch(path, token);
  return {
    ...OK,
    afterwards: () => {
      state.firstEvent(path, token);
    },
  };
};

const unwatch: Handler = (state, _caller, payload) => {
  const [path = '', token = ''] = strings(payload, 2);
  state.unwatch(path, token);
  return OK;
};

const startTransaction: Handler = (state, caller) => {
  if (caller.transactionId !== 0) refuse('EBUSY');
  return then(state.backend.startTransaction(state.domid), (id) => {
    state.started(id);
    return { payload: joinStrings(String(id)) };
  });
};

const endTransaction: Handler = (state, { transactionId }, payload) => {
  const [answerText] = strings(payload, 1);
  if (answerText !== 'T' && answerText !== 'F') refuse('EINVAL');
  if (transactionId === 0) refuse('ENOENT');
  state.ended(transactionId);
  return done(state.backend.endTransaction(state.domid, transactionId, answerText === 'T'));
};

const introduce = forDom0((state, _caller, payload) => {
  const [domid = '', frame = '', port = ''] = strings(payload, 3);
  if (!/^\d{1,20}$/.test(frame) || !/^\d{1,10}$/.test(port)) refuse('EINVAL');
  return done(state.backend.introduce(domidOf(domid), BigInt(frame), Number(port)));
});

const HANDLERS: ReadonlyMap<number, Handler> = new Map<number, Handler>([
  [OP.READ, onPath((state, caller, path) => then(state.backend.read(caller, path), (payload) => ({ payload })))],
  [OP.WRITE, write],
  [OP.MKDIR, onPath((state, caller, path) => done(state.backend.mkdir(caller, path)))],
  [OP.RM, onPath((state, caller, path) => (path === '/' ? refuse('EINVAL') : done(state.backend.rm(caller, path))))],
  [
    OP.DIRECTORY,
    onPath((state, caller, path) =>
      then(state.backend.directory(caller, path), (names) => ({ payload: listOf(names) })),
    ),
  ],
  [OP.DIRECTORY_PART, directoryPart],
  [
    OP.GET_PERMS,
    onPath(
      (state, caller, path) =>
        then(state.backend.getPerms(caller, path), (permissions) => ({
          payload: joinStrings(...formatPermissions(permissions)),
        })),
      'special',
    ),
  ],
  [OP.SET_PERMS, setPerms],
  [OP.WATCH, watch],
  [OP.UNWATCH, unwatch],
  [OP.TRANSACTION_START, startTransaction],
  [OP.TRANSACTION_END, endTransaction],
  [OP.INTRODUCE, introduce],
  [OP.RELEASE, onDomain((state, domid) => done(state.backend.release(domid)))],
  [OP.RESUME, onDomain((state, domid) => done(state.backend.resume(domid)))],
  [
    OP.IS_DOMAIN_INTRODUCED,
    onDomain((state, domid) =>
      then(state.backend.isIntroduced(domid), (known) => ({ payload: joinStrings(known ? 'T' : 'F') })),
    ),
  ],
  [
    OP.GET_DOMAIN_PATH,
    (_state, _caller, payload) => ({
      payload: joinStrings(`/local/domain/${domidOf(strings(payload, 1)[0] ?? '')}`),
    }),
  ],
  [
    OP.RESET_WATCHES,
    (state) => {
      state.end();
      return OK;
    },
  ],
]);
