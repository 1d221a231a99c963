import type { DomainInfo } from '../contract/ports/domains.js';
import { DOMAINS, XENSTORE } from '../contract/tokens.js';
import type { Operation } from '../registry/operation.js';

/** A running domain with what xenstore says of it. */
export interface ListedDomain extends DomainInfo {
  /** `null` where xenstore has no name for it. */
  readonly name: string | null;
  /** Seconds since it was created, where that was recorded. */
  readonly uptimeSeconds: number | null;
}

/** All domains with their names, in one pipelined batch of reads. */
export async function listDomains(operation: Operation, nowEpochSeconds = Date.now() / 1000): Promise<ListedDomain[]> {
  const store = operation.get(XENSTORE);
  const infos = await operation.get(DOMAINS).list();
  return Promise.all(
    infos.map(async (info) => {
      const [name, started] = await Promise.all([
        store.read(`/local/domain/${info.domid}/name`),
        store.read(`/vm/${info.uuid}/start_time`),
      ]);
      const since = Number(started);
      const uptimeSeconds =
        started === undefined || !(since > 0) ? null : Math.max(0, Math.floor(nowEpochSeconds - since));
      return { ...info, name: name ?? null, uptimeSeconds };
    }),
  );
}
