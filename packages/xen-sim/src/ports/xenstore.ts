import {
  XenImageError,
  type StoreOptions,
  type StorePermission,
  type StoreTransaction,
  type StoreWrite,
  type XenStore,
} from '@xen-image/core';
import { introduce } from '../hypervisor/introduce.js';
import { releaseDomain, resumeDomain } from '../store/domains.js';
import { storeError } from '../store/errors.js';
import type { NodeSource } from '../store/node.js';
import { Overlay } from '../store/overlay.js';
import {
  listNode,
  nodePermissions,
  readNode,
  removeNode,
  setNodePermissions,
  writeNode,
  type StoreAccess,
} from '../store/requests.js';
import type { StoreState } from '../store/state.js';
import { fromBytes, toBytes } from '../store/text.js';
import type { Session } from './session.js';
import { storeWatch } from './watch.js';

/** How often a transaction is tried. */
const ATTEMPTS = 32;

/** The store as a domain sees it; domain 0 is the toolstack. */
export function xenStorePort(session: Session, domid = 0): XenStore {
  const requests = requestsFor(session, domid, ({ tree }) => tree);
  return {
    ...requests,
    async write(writes, { transaction = false, signal } = {}) {
      if (!transaction) await requests.write(writes, signal === undefined ? {} : { signal });
      else await runTransaction(session, domid, (store) => store.write(writes), signal);
    },
    transaction: (body, options) => runTransaction(session, domid, body, options?.signal),
    watch: (path, options) => storeWatch(session, domid, path, options?.signal),
    async introduce(guest, storeFrame, storePort, options) {
      throwIfAborted(options?.signal);
      await session.write((machine) => {
        if (domid !== 0) throw storeError('EACCES', 'INTRODUCE');
        introduce(machine, guest, storeFrame, storePort);
      });
    },
    async resume(guest, options) {
      throwIfAborted(options?.signal);
      await session.write(({ store }) => {
        if (domid !== 0) throw storeError('EACCES', 'RESUME');
        resumeDomain(store, guest);
      });
    },
    async release(guest, options) {
      throwIfAborted(options?.signal);
      await session.write(({ store }) => {
        if (domid !== 0) throw storeError('EACCES', 'RELEASE');
        releaseDomain(store, guest);
      });
    },
  };
}

function requestsFor(
  session: Session,
  domid: number,
  sourceOf: (store: StoreState) => NodeSource,
  begin: (options?: StoreOptions) => void = (options) => {
    throwIfAborted(options?.signal);
  },
): StoreTransaction {
  const look = async <T>(options: StoreOptions | undefined, work: (access: StoreAccess) => T): Promise<T> => {
    begin(options);
    return session.read(({ store }) => work({ store, source: sourceOf(store), domid }));
  };
  const change = async (options: StoreOptions | undefined, work: (access: StoreAccess) => void): Promise<void> => {
    begin(options);
    await session.write(({ store }) => {
      work({ store, source: sourceOf(store), domid });
    });
  };
  return {
    read: (path, options) =>
      look(options, (access) => {
        const bytes = readNode(access, path);
        return bytes === undefined ? undefined : fromBytes(bytes);
      }),
    list: (path, options) => look(options, (access) => listNode(access, path)),
    permissions: (path, options) => look(options, (access) => nodePermissions(access, path)),
    write: (writes, options) =>
      change(options, (access) => {
        for (const write of writes) carryOut(access, write);
      }),
    setPermissions: (path, permissions: readonly StorePermission[], options) =>
      change(options, (access) => {
        setNodePermissions(access, path, permissions);
      }),
    remove: (path, options) =>
      change(options, (access) => {
        removeNode(access, path);
      }),
  };
}

function carryOut(access: StoreAccess, { path, value, permissions }: StoreWrite): void {
  if (value === null) {
    removeNode(access, path);
    return;
  }
  if (value !== undefined) writeNode(access, path, toBytes(value));
  if (permissions !== undefined) setNodePermissions(access, path, permissions);
}

async function runTransaction<T>(
  session: Session,
  domid: number,
  body: (store: StoreTransaction) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    throwIfAborted(signal);
    const overlay = new Overlay();
    let over = false;
    const requests = requestsFor(
      session,
      domid,
      ({ tree }) => overlay.over(tree),
      (options) => {
        if (over) throw new TypeError('the transaction has ended');
        throwIfAborted(options?.signal ?? signal);
      },
    );
    let answer: T;
    try {
      answer = await body(requests);
    } finally {
      over = true;
    }
    throwIfAborted(signal);
    const committed = await session.write(({ store }) => commit(store, overlay));
    if (committed) return answer;
    if (attempt >= ATTEMPTS) throw storeError('EAGAIN', 'TRANSACTION_END');
  }
}

function commit({ tree }: StoreState, overlay: Overlay): boolean {
  if (!overlay.holds(tree)) return false;
  overlay.applyTo(tree);
  return true;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new XenImageError('ABORTED', 'the request was aborted', { cause: signal.reason });
}
