import { randomUUID } from 'node:crypto';
import type { DomainConfig } from '../config/domain-config.js';
import type { KeptDomain, KeptDomains } from '../contract/ports/kept-domains.js';
import { DEVICE_MODELS, DOMAINS, XENSTORE } from '../contract/tokens.js';
import type { CreatedDomain, CreateOptions } from '../lifecycle/create-options.js';
import { destroyDomain } from '../lifecycle/destroy.js';
import { KnownDomains } from '../lifecycle/known-domains.js';
import { claimName, releaseName } from '../lifecycle/names.js';
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
 * Where an earlier process was cut off in this, each step is taken again or found done: the name that the domain has
 * already, and the one that was kept to take its place.
 *
 * @returns the new domain, or `undefined` where it was started before; and the old one with its new name
 */
export async function renameAndRestart(
  context: RestartContext,
  domain: SupervisedDomain,
  kept: KeptDomain,
): Promise<{ readonly started: SupervisedDomain | undefined; readonly renamed: SupervisedDomain }> {
  const { operation } = context;
  await operation.find(DEVICE_MODELS)?.stop(domain.domid);
  const name = await rename(operation, domain);
  const begun = await successor(context, kept);
  const next = begun ?? afresh(kept, randomUUID());
  // Whoever has the right to act on the new one starts it; another supervisor may find it as soon as it is kept.
  const right = next.state === 'restarting' ? await context.kept.tryLock(next.uuid) : undefined;
  try {
    // Before the old one is settled: a later supervisor that finds it so looks for no other.
    if (begun === undefined) await context.kept.keep(next);
    await context.kept.keep({ ...kept, config: { ...kept.config, name }, state: 'preserved' });
    const started = right === undefined ? undefined : await startKept(context, next);
    return { started, renamed: { ...domain, name } };
  } finally {
    await right?.release();
  }
}

function afresh(kept: KeptDomain, uuid: string): KeptDomain {
  return { ...kept, uuid, config: { ...kept.config, uuid }, state: 'restarting' };
}

/** What is kept of the domain that is to take another's place, or has taken it: it has all of it but the uuid. */
async function successor(
  { kept, operation }: RestartContext,
  { uuid, config }: KeptDomain,
): Promise<KeptDomain | undefined> {
  const all = JSON.stringify({ ...config, uuid: '' });
  const others = (await kept.list()).filter(
    (one) => one.uuid !== uuid && JSON.stringify({ ...one.config, uuid: '' }) === all,
  );
  if (others.length === 0) return undefined;
  const live = new Set((await operation.get(DOMAINS).list()).map((info) => info.uuid));
  return others.find(({ state, uuid: own }) => state === 'restarting' || (state === 'runs' && live.has(own)));
}

/** Names a domain `NAME-1`, or with the first number that no other domain has; it keeps one that it has already. */
async function rename(operation: Operation, { domid, uuid, name }: SupervisedDomain): Promise<string> {
  const store = operation.get(XENSTORE);
  const domains = operation.get(DOMAINS);
  const known = new KnownDomains();
  const isFree = async (candidate: string): Promise<boolean> => {
    await known.look(domains);
    const holder = await known.named(store, candidate);
    return holder === undefined || holder.domid === domid;
  };
  const has = (await store.read(`/local/domain/${domid}/name`)) ?? name;
  let renamed = has;
  if (has === name) {
    let number = 1;
    while (!(await isFree(`${name}-${number}`))) number += 1;
    renamed = `${name}-${number}`;
  }
  await claimName({ store, domains }, renamed, { domid, uuid }, undefined);
  await store.write([
    { path: `/local/domain/${domid}/name`, value: renamed },
    { path: `/vm/${uuid}/name`, value: renamed },
  ]);
  await releaseName(store, name, { domid, uuid });
  return renamed;
}
