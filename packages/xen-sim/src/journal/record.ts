import type { JournalEntry } from '@xen-image/core';

/** A journal entry with who writes it; `null` where nobody does. */
export interface JournalRecord {
  entry: JournalEntry;
  owner: string | null;
}
