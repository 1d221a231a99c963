import { definePlugin, XENSTORE } from '@xen-image/core';
import type { Plugin } from '@xen-image/core';
import { openReleasable } from './client.js';
import type { ReleasableClient, XenStoreClient, XenStoreOptions } from './client.js';
import { IdleConnections } from './idle.js';
import type { ReconnectOptions } from './link.js';
import { xenStorePort } from './port.js';
import { defaultAddresses, openTransport } from './transport/open.js';
import type { Transport, TransportEvents } from './transport/transport.js';

/** A daemon that closed a connection takes a new one at once; one that is gone is not waited for. */
const RECONNECT: ReconnectOptions = { attempts: 3 };

/** How the plugin reaches xenstore. A lost connection is made anew, with 3 tries, where `reconnect` says nothing else. */
export interface XenStorePluginOptions extends XenStoreOptions {
  /** A client to share among all operations, which the caller closes; else each operation connects its own. */
  readonly client?: XenStoreClient;
  /**
   * How long a connection that an operation has done with waits for the next one, in milliseconds; up to four wait. One
   * that the daemon has closed meanwhile is made anew.
   *
   * @defaultValue 0: it is closed at once
   */
  readonly idleMs?: number;
}

/**
 * The plugin that registers xenstore as core's port to the store. An operation connects when it first uses the store,
 * and the connection is closed when the operation is over, or waits for the next one where `idleMs` says so. No two
 * operations share one at a time.
 *
 * An operation whose connection is lost fails with the requests that were under way, and has a new one to give back over
 * what it had taken.
 */
export function xenStorePlugin({ client, idleMs = 0, ...options }: XenStorePluginOptions = {}): Plugin {
  const idle = new IdleConnections(idleMs);
  const connect = (): Promise<ReleasableClient> => {
    const addresses = options.address === undefined ? defaultAddresses() : [options.address];
    const open = (events: TransportEvents): Promise<Transport> => openTransport(addresses, events);
    return openReleasable(open, { reconnect: RECONNECT, ...options }, idle.take(addresses));
  };
  return definePlugin({
    name: '@xen-image/xenstore',
    contract: 1,
    register(context) {
      context.port({
        token: XENSTORE,
        create: (scope) => {
          if (client !== undefined) return xenStorePort(client);
          let opening: Promise<ReleasableClient> | undefined;
          scope.onClose(async () => {
            const rests = (await opening?.catch(() => undefined))?.release();
            if (rests !== undefined) idle.leave(rests);
          });
          return xenStorePort(async () => (await (opening = connect())).client);
        },
      });
    },
  });
}
