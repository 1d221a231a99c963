import type { StoreEvent, StoreTransaction, StoreWrite, XenStore } from '@xen-image/core';
import type { BatchOperation } from './batch.js';
import type { XenStoreClient } from './client.js';
import type { RequestOptions, StoreRequests } from './store.js';
import type { Watch } from './watch.js';

/** A client, or what connects one when it is first needed. */
export type ClientSource = XenStoreClient | (() => Promise<XenStoreClient>);

/** Core's port to the store, over a client. */
export function xenStorePort(source: ClientSource): XenStore {
  let connecting: Promise<XenStoreClient> | undefined;
  const connect = async (open: () => Promise<XenStoreClient>): Promise<XenStoreClient> => {
    try {
      return await open();
    } catch (error) {
      connecting = undefined;
      throw error;
    }
  };
  const client = (): XenStoreClient | Promise<XenStoreClient> =>
    typeof source === 'function' ? (connecting ??= connect(source)) : source;
  return {
    ...portRequests(client),
    write: async (writes, options) => {
      const store = await client();
      const operations = writes.map(operationOf);
      if (options?.transaction !== true) await store.batch(operations, options);
      else await store.transaction((transaction) => transaction.batch(operations), options);
    },
    transaction: async (body, options) =>
      await (await client()).transaction((transaction) => body(portRequests(() => transaction)), options),
    watch: (path, options) => ({
      [Symbol.asyncIterator]: () => watchEvents(async () => (await client()).watch(path, options), options?.signal),
    }),
    introduce: async (domid, storeFrame, storePort, options) => {
      await (await client()).introduce(domid, storeFrame, storePort, options);
    },
    resume: async (domid, options) => {
      await (await client()).resume(domid, options);
    },
    release: async (domid, options) => {
      await (await client()).release(domid, options);
    },
  };
}

/** The part of the port that is the same in a transaction. */
function portRequests(store: () => StoreRequests | Promise<StoreRequests>): StoreTransaction {
  return {
    read: async (path, options) => await (await store()).readMaybe(path, options),
    list: async (path, options) => await (await store()).directoryMaybe(path, options),
    permissions: async (path, options) => {
      const [permissions] = await (await store()).batch([{ op: 'getPerms', path }], options);
      return permissions;
    },
    write: async (writes: readonly StoreWrite[], options?: RequestOptions) => {
      await (await store()).batch(writes.map(operationOf), options);
    },
    setPermissions: async (path, permissions, options) => {
      await (await store()).setPerms(path, permissions, options);
    },
    remove: async (path, options) => {
      await (await store()).rm(path, options);
    },
  };
}

function operationOf({ path, value, permissions }: StoreWrite): BatchOperation {
  if (value === null) return { op: 'rm', path };
  if (value === undefined) return { op: 'setPerms', path, permissions: permissions ?? [] };
  return { op: 'write', path, value, ...(permissions === undefined ? {} : { permissions }) };
}

/** Opens a watch at the first step of an iteration; ends without an error when the signal says so. */
function watchEvents(open: () => Promise<Watch>, signal: AbortSignal | undefined): AsyncIterator<StoreEvent> {
  let opening: Promise<Watch | undefined> | undefined;
  const opened = async (): Promise<Watch | undefined> => {
    try {
      return await open();
    } catch (error) {
      if (signal?.aborted === true) return undefined;
      throw error;
    }
  };
  const end = { done: true, value: undefined } as const;
  return {
    async next() {
      const step = await (await (opening ??= opened()))?.next();
      if (step === undefined || step.done === true) return end;
      return { done: false, value: { path: step.value.path, token: step.value.token } };
    },
    async return() {
      const watch = await opening?.catch(() => undefined);
      await watch?.close();
      return end;
    },
  };
}
