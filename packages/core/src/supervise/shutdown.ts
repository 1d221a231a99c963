import type { DomainInfo, ShutdownReason } from '../contract/ports/domains.js';
import type { KeptDomain } from '../contract/ports/kept-domains.js';
import { DOMAINS, JOURNAL } from '../contract/tokens.js';
import { asXenImageError } from '../execute/undo.js';
import { destroyDomain } from '../lifecycle/destroy.js';
import { endRestart } from '../lifecycle/keep.js';
import type { SupervisedDomain, SupervisionEvent } from './events.js';
import { actionFor, type SuperviseOptions } from './options.js';
import { renameAndRestart, restartDomain, startKept, type RestartContext } from './restart.js';

/** What acting on domains takes. */
export interface ShutdownContext extends RestartContext {
  readonly restartLimit: NonNullable<SuperviseOptions['restartLimit']>;
  readonly tell: (event: SupervisionEvent) => void;
}

/** A domain that has shut down and is not on its way out. */
export type ShutDown = DomainInfo & { readonly shutdownReason: ShutdownReason };

/** Whether a domain has shut down and waits for somebody to act. */
export function isShutDown(info: DomainInfo | undefined): info is ShutDown {
  return info?.shutdownReason !== undefined && !info.dying;
}

/**
 * Does what a domain's configuration wants done now that it has shut down. Domains of other toolstacks, and those that
 * another process acts on, are passed over.
 *
 * @returns whether this was the process to act
 */
export async function actOnShutdown(context: ShutdownContext, { domid, uuid }: DomainInfo): Promise<boolean> {
  // Domains of other toolstacks get no lock either.
  if ((await context.kept.read(uuid)) === undefined) return true;
  const lock = await context.kept.tryLock(uuid);
  if (lock === undefined) return false;
  try {
    // Another may have acted between the look and the lock.
    const [info, kept] = await Promise.all([context.operation.get(DOMAINS).info(domid), context.kept.read(uuid)]);
    if (!isShutDown(info) || info.uuid !== uuid || kept === undefined || kept.state === 'preserved') return true;
    const domain = { domid, uuid, name: kept.config.name };
    try {
      await act(context, domain, info.shutdownReason, kept);
    } catch (error) {
      context.tell({ event: 'failed', domain, error: asXenImageError(error).with({ domain }) });
    }
    return true;
  } finally {
    await lock.release();
  }
}

async function act(
  context: ShutdownContext,
  domain: SupervisedDomain,
  reason: ShutdownReason,
  kept: KeptDomain,
): Promise<void> {
  const action = actionFor(reason, kept.config);
  context.tell({ event: 'domain-shutdown', domain, reason, action });
  switch (action) {
    case 'destroy':
    case 'coredump-destroy':
      await destroy(context, domain);
      return;
    case 'restart':
    case 'coredump-restart':
    case 'rename-restart': {
      const counted = await countRestart(context, domain, kept);
      if (counted === undefined) return;
      if (action === 'rename-restart') {
        const { started, renamed } = await renameAndRestart(context, domain, counted);
        if (started === undefined) context.tell({ event: 'domain-preserved', domain: renamed, reason });
        else context.tell({ event: 'domain-restarted', domain: started, before: renamed });
      } else {
        const started = await restartDomain(context, domain, counted);
        context.tell({ event: 'domain-restarted', domain: started, before: domain });
      }
      return;
    }
    case 'preserve':
    case 'soft-reset':
      if (reason !== 'suspend') await context.kept.keep({ ...kept, state: 'preserved' });
      context.tell({ event: 'domain-preserved', domain, reason });
  }
}

async function destroy({ operation, tell }: ShutdownContext, domain: SupervisedDomain): Promise<void> {
  await destroyDomain(operation, domain.domid, { uuid: domain.uuid });
  tell({ event: 'domain-destroyed', domain });
}

/** Counts a restart, or ends the domain where there were too many. */
async function countRestart(
  context: ShutdownContext,
  domain: SupervisedDomain,
  kept: KeptDomain,
): Promise<KeptDomain | undefined> {
  const { restarts: most, withinMs } = context.restartLimit;
  const now = Date.now();
  const recent = kept.restarts.filter((time) => now - time < withinMs);
  if (recent.length < most) return { ...kept, restarts: [...recent, now] };
  context.tell({ event: 'restart-refused', domain, restarts: recent.length, withinMs });
  await destroy(context, domain);
  return undefined;
}

/**
 * Sees to what earlier processes left: domains whose restart was cut off are started, those whose restart had come to its end
 * are known to run, and what is kept of domains that are gone is forgotten.
 */
export async function finishRestarts(context: ShutdownContext, wanted: (uuid: string) => boolean): Promise<void> {
  const all = await context.kept.list();
  const infos = new Map((await context.operation.get(DOMAINS).list()).map((info) => [info.uuid, info]));
  // A domain that the journal still speaks of may be half made.
  const unfinished = new Set(((await context.operation.find(JOURNAL)?.list()) ?? []).map(({ uuid }) => uuid));
  for (const kept of all) {
    const info = infos.get(kept.uuid);
    const runs = info !== undefined && !info.dying && info.shutdownReason === undefined && !unfinished.has(kept.uuid);
    const over = info === undefined || (kept.state === 'restarting' && runs);
    if (!over || !wanted(kept.uuid)) continue;
    const domain = { domid: info?.domid ?? -1, uuid: kept.uuid, name: kept.config.name };
    try {
      const lock = await context.kept.tryLock(kept.uuid);
      if (lock === undefined) continue;
      try {
        await finishRestart(context, kept, info, domain);
      } finally {
        await lock.release();
      }
    } catch (error) {
      context.tell({ event: 'failed', domain, error: asXenImageError(error) });
    }
  }
}

async function finishRestart(
  context: ShutdownContext,
  kept: KeptDomain,
  info: DomainInfo | undefined,
  before: SupervisedDomain,
): Promise<void> {
  if (info !== undefined) await endRestart(context.kept, kept.uuid);
  else if (kept.state !== 'restarting') await context.kept.forget(kept.uuid);
  else {
    try {
      context.tell({ event: 'domain-restarted', domain: await startKept(context, kept), before });
    } catch (error) {
      // Somebody made the guest anew when its restart had failed: this one is not started once that one has ended.
      if (asXenImageError(error).code === 'NAME_TAKEN') await context.kept.forget(kept.uuid);
      throw error;
    }
  }
}
