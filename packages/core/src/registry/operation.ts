import createDebug from 'debug';
import type { PortScope } from '../contract/plugin.js';
import type { Token } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import type { Registry } from './registry.js';

const debug = createDebug('xen-image:operation');

/**
 * The scope of one operation: each port is made once for it and let go when it closes, so that a handle's log and last
 * error are the operation's own.
 */
export class Operation implements PortScope {
  readonly #made = new Map<symbol, unknown>();
  readonly #closers: (() => void | Promise<void>)[] = [];
  #closed = false;

  constructor(private readonly registry: Registry) {}

  /** A port of this operation. Throws `PORT_MISSING` where no plugin brings it. */
  get<T>(token: Token<T>): T {
    const present = this.#made.get(token);
    if (present !== undefined) return present as T;
    if (this.#closed) throw new TypeError('a port was asked for after its operation was over');
    const registered = this.registry.ports.get(token);
    if (registered === undefined) {
      throw new XenImageError('PORT_MISSING', `no plugin brings the port ${token.description ?? 'without a name'}`, {
        hint: 'Give the toolstack a driver: @xen-image/xc-bindings with @xen-image/xenstore, or @xen-image/xen-sim.',
      });
    }
    const port = registered.value.create(this);
    this.#made.set(token, port);
    return port as T;
  }

  /** A port, or nothing where no plugin brings it. */
  find<T>(token: Token<T>): T | undefined {
    return this.registry.ports.get(token) === undefined ? undefined : this.get(token);
  }

  onClose(close: () => void | Promise<void>): void {
    this.#closers.push(close);
  }

  /** Lets all ports go, the last made first. Every closer runs; the first error is thrown afterwards. */
  async close(): Promise<void> {
    this.#closed = true;
    let failed = false;
    let first: unknown;
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) {
      try {
        await close();
      } catch (error) {
        if (!failed) first = error;
        failed = true;
      }
    }
    if (failed) throw first;
  }
}

/**
 * Closes an operation whose outcome is settled: a driver that fails to let go of something changes nothing of it.
 *
 * @returns what a closer threw
 */
export async function closeQuietly(operation: Operation): Promise<unknown> {
  try {
    await operation.close();
    return undefined;
  } catch (error) {
    debug('a port could not be let go: %s', error instanceof Error ? error.message : String(error));
    return error;
  }
}
