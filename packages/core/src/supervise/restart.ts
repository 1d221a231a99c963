import { randomUUID } from 'node:crypto';
import type { DomainConfig } from '../config/domain-config.js';
import type { KeptDomain, KeptDomains } from '../contract/ports/kept-domains.js';
import { DEVICE_MODELS, DOMAINS, XENSTORE } from '../contract/tokens.js';
import type { CreatedDomain, CreateOptions } from '../lifecycle/create.js';
import { destroyDomain } from '../lifecycle/destroy.js';
import { claimName, NameCache, releaseName } from '../lifecycle/names.js';
import type { ImagePlan } from '../plan/image-plan.js';
import type { Operation } from '../registry/operation.js';
import type { SupervisedDomain } from './events.js';

/** What starting a domain again takes. */
export interface RestartContext {
  readonly operation: Operation;
  readonly kept: KeptDomains;
  plan(config: DomainConfig, profile: string): Promise<ImagePlan>;
  create(plan: ImagePlan, options: CreateOptions): Promise<CreatedDomain>;
}

/** Creates a domain from what was kept of it. */
export async function startKept(
  context: RestartContext,
  { config, profile, restarts }: KeptDomain,
): Promise<SupervisedDomain> {
  const plan = await context.plan(config, profile);
  const { domid, uuid, name } = await context.create(plan, { attended: true, restarts });
  return { domid, uuid, name };
}

/** Ends a domain that has shut down and creates it anew: another domid, the same name and uuid. */
export async function restartDomain(
  context: RestartContext,
  domain: SupervisedDomain,
  kept: KeptDomain,
): Promise<SupervisedDomain> {
  // From here on a later supervisor starts it, whatever becomes of this process.
  await context.kept.keep({ ...kept, state: 'restarting' });
  await destroyDomain(context.operation, domain.domid, { uuid: domain.uuid, keepConfiguration: true });
  return startKept(context, kept);
}

/**
 * Gives a domain that has shut down another name, so that its memory can be looked at, and creates it anew under the
 * old one. The new one has a uuid of its own: that of the old one is what the hypervisor knows it by. The old one's device
 * model ends, since it holds the disks.
 *
 * @returns the new domain, and the old one with its new name
 */
export async function renameAndRestart(
  context: RestartContext,
  domain: SupervisedDomain,
  kept: KeptDomain,
): Promise<{ readonly started: SupervisedDomain; readonly renamed: SupervisedDomain }> {
  const { operation } = context;
  const next: KeptDomain = { ...kept, uuid: randomUUID(), state: 'restarting' };
  const config = { ...kept.config, uuid: next.uuid };
  await operation.find(DEVICE_MODELS)?.stop(domain.domid);
  const name = await rename(operation, domain);
  await context.kept.keep({ ...kept, config: { ...kept.config, name }, state: 'preserved' });
  await context.kept.keep({ ...next, config });
  return { started: await startKept(context, { ...next, config }), renamed: { ...domain, name } };
}

/** Names a domain `NAME-1`, or with the first number that no domain has. */
async function rename(operation: Operation, { domid, uuid, name }: SupervisedDomain): Promise<string> {
  const store = operation.get(XENSTORE);
  const domains = operation.get(DOMAINS);
  const names = new NameCache();
  let number = 1;
  while ((await names.find({ store, domains }, `${name}-${number}`)) !== undefined) number += 1;
  const renamed = `${name}-${number}`;
  await claimName({ store, domains }, renamed, { domid, uuid }, undefined);
  await store.write([
    { path: `/local/domain/${domid}/name`, value: renamed },
    { path: `/vm/${uuid}/name`, value: renamed },
  ]);
  await releaseName(store, name, { domid, uuid });
  return renamed;
}
