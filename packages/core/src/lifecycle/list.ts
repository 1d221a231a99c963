import type { DomainInfo } from '../contract/ports/domains.js';
import { DOMAINS, XENSTORE } from '../contract/tokens.js';
import type { Operation } from '../registry/operation.js';

/** A running domain with what xenstore says of it. */
export interface ListedDomain extends DomainInfo {
  /** `null` where xenstore has no name for it. */
  readonly name: string | null;
  /** Seconds since it was created, where that was recorded. */
  readonly uptimeSeconds: number | null;
  /** The VNC display that its device model shows the screen on; `null` where there is none. */
  readonly vncDisplay: number | null;
}

const FIRST_VNC_PORT = 5900;

/** The display of the port that libxl and this toolstack write; `null` for what is no port of VNC's. */
function displayOf(port: string | undefined): number | null {
  const number = Number(port);
  return port !== undefined && Number.isInteger(number) && number >= FIRST_VNC_PORT && number <= 65535
    ? number - FIRST_VNC_PORT
    : null;
}

/** All domains with their names, in one pipelined batch of reads. */
export async function listDomains(operation: Operation, nowEpochSeconds = Date.now() / 1000): Promise<ListedDomain[]> {
  const store = operation.get(XENSTORE);
  const infos = await operation.get(DOMAINS).list();
  return Promise.all(
    infos.map(async (info) => {
      const [name, started, vncPort] = await Promise.all([
        store.read(`/local/domain/${info.domid}/name`),
        store.read(`/vm/${info.uuid}/start_time`),
        store.read(`/local/domain/${info.domid}/console/vnc-port`),
      ]);
      const since = Number(started);
      const uptimeSeconds =
        started === undefined || !(since > 0) ? null : Math.max(0, Math.floor(nowEpochSeconds - since));
      return { ...info, name: name ?? null, uptimeSeconds, vncDisplay: displayOf(vncPort) };
    }),
  );
}
