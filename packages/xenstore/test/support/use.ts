import { afterEach, expect } from '@jest/globals';
import { connectXenStore } from '../../src/index.js';
import type { XenStoreClient, XenStoreOptions } from '../../src/index.js';
import { fakeDaemon } from './fake-daemon.js';
import type { FakeDaemon, Script } from './fake-daemon.js';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, the last registered first. */
export function cleanUp(run: () => unknown): void {
  cleanups.push(run);
}

/** A scripted daemon and a client of it, both gone after the test. */
export async function scripted(
  script?: Script,
  options: XenStoreOptions = {},
): Promise<{ daemon: FakeDaemon; client: XenStoreClient }> {
  const daemon = await fakeDaemon(script);
  cleanUp(() => daemon.close());
  const client = await connectXenStore({ address: daemon.path, ...options });
  cleanUp(() => {
    client.close();
  });
  return { daemon, client };
}

/** The error that a promise rejects with, as its code and what else a caller may look at. */
export async function failure(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await promise;
  } catch (error) {
    const { code, message, errno, call, data, hint, cause, name } = error as Record<string, unknown>;
    return { code, message, errno, call, data, hint, cause, name };
  }
  throw new Error('it did not fail');
}

/** Waits until a client knows that its connection is lost, which `lose` takes from it. */
export async function lost(client: XenStoreClient, lose: () => unknown): Promise<void> {
  const underWay = failure(client.read('/under/way'));
  await lose();
  expect(await underWay).toMatchObject({ code: 'XENSTORE_DISCONNECTED' });
}

/** Calls a method that a table names. */
export function callOf(client: XenStoreClient, method: keyof XenStoreClient, ...args: unknown[]): Promise<unknown> {
  return (client[method] as (...all: unknown[]) => Promise<unknown>)(...args);
}
