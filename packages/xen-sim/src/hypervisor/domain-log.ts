import type { DomainChanges, DomainIdentity } from '@xen-image/core';
import type { Machine } from './machine.js';

/** Which domids changed hands: a line for each creation, beginning of a death, and end. */
export interface DomainLog {
  readonly domids: number[];
  /** Lines that were dropped before the first one that is kept. */
  dropped: number;
}

/** Stands for a place in a log. That of another machine, or of one that was read from a file again, is not known. */
interface Mark {
  readonly log: DomainLog;
  readonly lines: number;
}

/** Lines that are kept at least, once there are so many. */
const KEPT_LINES = 1024;

export function emptyLog(): DomainLog {
  return { domids: [], dropped: 0 };
}

/** Adds a line, and drops the oldest ones at times. */
export function logDomain({ domainLog: log }: Machine, domid: number): void {
  log.domids.push(domid);
  if (log.domids.length >= 2 * KEPT_LINES) log.dropped += log.domids.splice(0, KEPT_LINES).length;
}

/** Domains that came and went since a mark; all where the log does not reach back to it. */
export function domainChanges(machine: Machine, since?: object): DomainChanges {
  const { domainLog: log, domains } = machine;
  const mark: Mark = { log, lines: log.dropped + log.domids.length };
  const first = isMark(since) && since.log === log ? since.lines - log.dropped : -1;
  if (first < 0) return { mark, complete: true, domains: [...domains.values()].map(identityOf), gone: [] };
  const changed = [...new Set(log.domids.slice(first))];
  const there = changed.flatMap((domid) => domains.get(domid) ?? []).map(identityOf);
  return { mark, complete: false, domains: there, gone: changed.filter((domid) => !domains.has(domid)) };
}

function isMark(since: object | undefined): since is Mark {
  return since !== undefined && 'log' in since && 'lines' in since;
}

function identityOf({
  domid,
  spec: { uuid },
  dying,
}: {
  domid: number;
  spec: { uuid: string };
  dying: boolean;
}): DomainIdentity {
  return { domid, uuid, dying };
}
