import type { StoreState } from './state.js';
import { storeError } from './errors.js';

const NOBODY = Object.freeze([{ domid: 0, read: false, write: false }]);

function tell(store: StoreState, event: '@introduceDomain' | '@releaseDomain'): void {
  store.tree.changes.push({ path: event, exact: true, permissions: NOBODY });
}

/** A domid is in use from now on. Answers the generation that tells this domain from earlier ones of its domid. */
export function domainCreated(store: StoreState, domid: number): number {
  store.tree.generation += 1;
  store.lives.set(domid, store.tree.generation);
  return store.tree.generation;
}

/** `XS_INTRODUCE`: watches of `@introduceDomain` are told the first time. */
export function introduceDomain(store: StoreState, domid: number, frame: number, port: number): void {
  const known = store.introduced.has(domid);
  store.introduced.set(domid, { frame, port, shutDown: false });
  if (!known) tell(store, '@introduceDomain');
}

/**
 * `XS_RELEASE`: the domain's connection ends.
 *
 * @throws XenImageError with errno `EINVAL` for domain 0, `ENOENT` for a domain that the store does not know
 */
export function releaseDomain(store: StoreState, domid: number): void {
  if (domid === 0) throw storeError('EINVAL', 'RELEASE', undefined, 'domain 0 is not released');
  if (!store.introduced.has(domid)) {
    throw storeError('ENOENT', 'RELEASE', undefined, `the store does not know domain ${domid}`);
  }
  disconnect(store, domid);
}

/** The hypervisor says that a domain has shut down. */
export function domainShutDown(store: StoreState, domid: number): void {
  const introduction = store.introduced.get(domid);
  if (introduction === undefined || introduction.shutDown) return;
  introduction.shutDown = true;
  tell(store, '@releaseDomain');
}

/**
 * `XS_RESUME`: the domain's next shutdown is told of again.
 *
 * @throws XenImageError with errno `ENOENT` for a domain that the store does not know
 */
export function resumeDomain(store: StoreState, domid: number): void {
  const introduction = store.introduced.get(domid);
  if (introduction === undefined) throw storeError('ENOENT', 'RESUME');
  introduction.shutDown = false;
}

/** The hypervisor says that a domain is gone: nodes that it owned go too (xenstored's domain_tree_remove). */
export function domainGone(store: StoreState, domid: number): void {
  if (store.introduced.has(domid)) disconnect(store, domid);
  store.lives.delete(domid);
}

function disconnect(store: StoreState, domid: number): void {
  store.introduced.delete(domid);
  for (const path of store.tree.pathsOwnedBy(domid)) store.tree.delete(path);
  tell(store, '@releaseDomain');
}
