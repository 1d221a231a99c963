import { GUEST } from '../host/state.js';
import type { Patience, RealHost, RealKind } from './host.js';

/** An operation that is tried on a real host. */
export interface RealOperation {
  readonly name: string;
  readonly kind: RealKind;
  /** What the host is like before. */
  prepare(host: RealHost): Promise<unknown>;
  run(host: RealHost, options: { readonly patience?: Patience; readonly signal?: AbortSignal }): Promise<unknown>;
  readonly does: 'create' | 'destroy';
}

const create = (kind: RealKind): RealOperation => ({
  name: `${kind} create`,
  kind,
  does: 'create',
  prepare: () => Promise.resolve(),
  run: (host, { patience, signal }) =>
    host.toolstack(patience).create(host.plan, { attended: true, ...(signal === undefined ? {} : { signal }) }),
});

const destroy = (kind: RealKind): RealOperation => ({
  name: `${kind} destroy`,
  kind,
  does: 'destroy',
  prepare: (host) => host.toolstack().create(host.plan, { attended: true }),
  run: (host, { patience }) => host.toolstack(patience).destroy(GUEST),
});

/** A guest that is whole behind a socket: without a device model, and with one that is made, and ended. */
export const REAL_OPERATIONS: readonly RealOperation[] = [create('pv'), create('hvm'), destroy('hvm')];
