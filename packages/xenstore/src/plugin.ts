import { definePlugin, XENSTORE } from '@xen-image/core';
import type { Plugin } from '@xen-image/core';
import { connectXenStore } from './client.js';
import type { XenStoreClient, XenStoreOptions } from './client.js';
import type { ReconnectOptions } from './link.js';
import { xenStorePort } from './port.js';

/** A daemon that closed a connection takes a new one at once; one that is gone is not waited for. */
const RECONNECT: ReconnectOptions = { attempts: 3 };

/** How the plugin reaches xenstore. A lost connection is made anew, with 3 tries, where `reconnect` says nothing else. */
export interface XenStorePluginOptions extends XenStoreOptions {
  /** A client to share among all operations, which the caller closes; else each operation connects its own. */
  readonly client?: XenStoreClient;
}

/**
 * The plugin that registers xenstore as core's port to the store. An operation connects when it first uses the store,
 * and the connection is closed when the operation is over.
 *
 * An operation whose connection is lost fails with the requests that were under way, and has a new one to give back over
 * what it had taken.
 */
export function xenStorePlugin({ client, ...options }: XenStorePluginOptions = {}): Plugin {
  return definePlugin({
    name: '@xen-image/xenstore',
    contract: 1,
    register(context) {
      context.port({
        token: XENSTORE,
        create: (scope) => {
          if (client !== undefined) return xenStorePort(client);
          let connection: Promise<XenStoreClient> | undefined;
          scope.onClose(async () => {
            (await connection?.catch(() => undefined))?.close();
          });
          return xenStorePort(() => (connection = connectXenStore({ reconnect: RECONNECT, ...options })));
        },
      });
    },
  });
}
