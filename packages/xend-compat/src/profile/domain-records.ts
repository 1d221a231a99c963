import type { DomainRecords, RecordContext } from '@xen-image/core/plugin';

/** The records that xend kept of every domain. */
export function xendDomainRecords(_context: RecordContext): DomainRecords {
  return { created: [], built: [], remove: [] };
}
