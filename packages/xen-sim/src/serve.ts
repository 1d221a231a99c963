import type { StorePermission } from '@xen-image/core';
import { introduce } from './hypervisor/introduce.js';
import type { Machine } from './hypervisor/machine.js';
import { releaseDomain, resumeDomain } from './store/domains.js';
import { storeError } from './store/errors.js';
import { Overlay } from './store/overlay.js';
import { parentOf } from './store/path.js';
import {
  listNode,
  makeDirectory,
  nodePermissions,
  readNode,
  removeNode,
  setNodePermissions,
  writeNode,
  type StoreAccess,
} from './store/requests.js';
import type { Cell } from './state/cell.js';

/** Who asks, and in which transaction; 0 for none. */
export interface StoreCaller {
  readonly domid: number;
  readonly transactionId: number;
}

/**
 * The store as a server of the wire protocol wants it. The package xenstore's `StoreBackend` is of this shape; neither
 * package needs the other.
 */
export interface SimulatedStoreBackend {
  read(caller: StoreCaller, path: string): Promise<Uint8Array>;
  write(caller: StoreCaller, path: string, value: Uint8Array): Promise<void>;
  mkdir(caller: StoreCaller, path: string): Promise<void>;
  rm(caller: StoreCaller, path: string): Promise<void>;
  directory(caller: StoreCaller, path: string): Promise<readonly string[]>;
  getPerms(caller: StoreCaller, path: string): Promise<readonly StorePermission[]>;
  setPerms(caller: StoreCaller, path: string, permissions: readonly StorePermission[]): Promise<void>;
  startTransaction(domid: number): Promise<number>;
  endTransaction(domid: number, transactionId: number, commit: boolean): Promise<void>;
  /** Calls `fire` with the path of each change that the domain may know of, not with the present state. */
  watch(domid: number, path: string, fire: (path: string) => void): () => void;
  introduce(domid: number, frame: bigint, port: number): Promise<void>;
  release(domid: number): Promise<void>;
  resume(domid: number): Promise<void>;
  isIntroduced(domid: number): Promise<boolean>;
}

/** Transactions are numbered from 1 and the numbers used again after 2^32. */
const LAST_TRANSACTION = 0xffff_ffff;

/** A backend on the machine of a cell. Its transactions are the server's own. */
export function storeBackend(cell: Cell): SimulatedStoreBackend {
  const transactions = new Map<number, { readonly domid: number; readonly overlay: Overlay }>();
  let lastTransaction = 0;
  const find = (domid: number, id: number) => {
    const transaction = transactions.get(id);
    if (transaction?.domid !== domid) throw storeError('ENOENT', 'TRANSACTION', undefined, 'no such transaction');
    return transaction;
  };
  const accessTo = ({ store }: Machine, { domid, transactionId }: StoreCaller): StoreAccess => {
    const within = transactionId === 0 ? undefined : find(domid, transactionId).overlay;
    return { store, source: within?.over(store.tree) ?? store.tree, domid };
  };
  const look = <T>(caller: StoreCaller, work: (access: StoreAccess) => T): Promise<T> =>
    cell.read((machine) => work(accessTo(machine, caller)));
  const change = (caller: StoreCaller, work: (access: StoreAccess) => void): Promise<void> =>
    cell.write((machine) => {
      work(accessTo(machine, caller));
    });
  return {
    read: async (caller, path) =>
      Buffer.from(await look(caller, (access) => present(readNode(access, path), 'READ', path)), 'latin1'),
    write: (caller, path, value) =>
      change(caller, (access) => {
        writeNode(access, path, Buffer.from(value).toString('latin1'));
      }),
    mkdir: (caller, path) =>
      change(caller, (access) => {
        makeDirectory(access, path);
      }),
    rm: (caller, path) =>
      change(caller, (access) => {
        if (removeNode(access, path) || access.source.node(parentOf(path)) !== undefined) return;
        throw storeError('ENOENT', 'RM', path);
      }),
    directory: (caller, path) => look(caller, (access) => present(listNode(access, path), 'DIRECTORY', path)),
    getPerms: (caller, path) => look(caller, (access) => present(nodePermissions(access, path), 'GET_PERMS', path)),
    setPerms: (caller, path, permissions) =>
      change(caller, (access) => {
        setNodePermissions(access, path, permissions);
      }),
    startTransaction(domid) {
      do lastTransaction = lastTransaction === LAST_TRANSACTION ? 1 : lastTransaction + 1;
      while (transactions.has(lastTransaction));
      transactions.set(lastTransaction, { domid, overlay: new Overlay() });
      return Promise.resolve(lastTransaction);
    },
    async endTransaction(domid, transactionId, commit) {
      const { overlay } = find(domid, transactionId);
      transactions.delete(transactionId);
      if (!commit) return;
      await cell.write(({ store: { tree } }) => {
        if (!overlay.holds(tree)) throw storeError('EAGAIN', 'TRANSACTION_END');
        overlay.applyTo(tree);
      });
    },
    watch: (domid, path, fire) => cell.watch({ domid, path, tell: fire, first: false }),
    introduce: (domid, frame, port) =>
      cell.write((machine) => {
        introduce(machine, domid, Number(frame), port);
      }),
    release: (domid) =>
      cell.write(({ store }) => {
        releaseDomain(store, domid);
      }),
    resume: (domid) =>
      cell.write(({ store }) => {
        resumeDomain(store, domid);
      }),
    isIntroduced: (domid) => cell.read(({ store }) => store.introduced.has(domid)),
  };
}

function present<T>(value: T | undefined, call: string, path: string | undefined): T {
  if (value === undefined) throw storeError('ENOENT', call, path);
  return value;
}
