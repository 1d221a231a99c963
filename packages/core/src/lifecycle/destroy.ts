import { DEVICE_MODELS, DOMAINS, KEPT_DOMAINS, XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { storeRoot } from '../execute/paths.js';
import { asXenImageError } from '../execute/undo.js';
import type { Operation } from '../registry/operation.js';
import { findDomain } from './find.js';
import { releaseName } from './names.js';
import { releaseFromStore } from './release.js';

/** Options of {@link destroyDomain}. */
export interface DestroyOptions {
  /** Destroys only if the domain has this uuid still: a domid may have been used again. */
  readonly uuid?: string;
  /** Whether what is kept of the domain stays, since it is about to be started again. */
  readonly keepConfiguration?: boolean;
}

/** A domain that was destroyed. */
export interface DestroyedDomain {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string | null;
}

/**
 * Ends a domain: its device model, the domain itself, its record in xenstore, its name. Every step runs though an
 * earlier one failed.
 *
 * @throws XenImageError `DOMAIN_UNKNOWN`, `DOMAIN_PROTECTED` for domain 0, `DOMAIN_CHANGED` where the uuid is another's,
 * or the first failure of a step
 */
export async function destroyDomain(
  operation: Operation,
  nameOrDomid: string | number,
  options: DestroyOptions = {},
): Promise<DestroyedDomain> {
  const info = await findDomain(operation, nameOrDomid);
  const { domid, uuid } = info;
  if (domid === 0) {
    throw new XenImageError('DOMAIN_PROTECTED', 'domain 0 is the host itself and is not destroyed', {
      phase: 'destroy',
      domain: { domid },
    });
  }
  if (options.uuid !== undefined && options.uuid !== uuid) {
    throw new XenImageError('DOMAIN_CHANGED', `domid ${domid} belongs to another domain by now (${uuid})`, {
      phase: 'destroy',
      domain: { domid, uuid },
    });
  }
  const store = operation.get(XENSTORE);
  const name = (await store.read(`/local/domain/${domid}/name`)) ?? null;
  const steps: (() => Promise<void>)[] = [
    () => operation.find(DEVICE_MODELS)?.stop(domid) ?? Promise.resolve(),
    () => operation.get(DOMAINS).destroy(domid),
    () => releaseFromStore(store, domid),
    () => store.remove(storeRoot('domain', domid, uuid)),
    () => store.remove(storeRoot('device-model', domid, uuid)),
    () => store.remove(storeRoot('vm', domid, uuid)),
  ];
  if (name !== null) steps.push(() => releaseName(store, name, { domid, uuid }));
  if (options.keepConfiguration !== true) {
    steps.push(() => operation.find(KEPT_DOMAINS)?.forget(uuid) ?? Promise.resolve());
  }
  const failures: XenImageError[] = [];
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failures.push(asXenImageError(error));
    }
  }
  const [first] = failures;
  if (first !== undefined) {
    throw first.with({ phase: 'destroy', domain: { domid, uuid, ...(name === null ? {} : { name }) } });
  }
  return { domid, uuid, name };
}
