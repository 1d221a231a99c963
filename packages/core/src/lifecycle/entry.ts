import type { OpenJournalEntry } from '../contract/ports/journal.js';
import type { XenImageError } from '../errors.js';
import { asXenImageError } from '../execute/undo.js';

/** Leaves an entry to the next recovery. Where even that fails, it is free once this process ends. */
export async function leaveEntry(entry: OpenJournalEntry | undefined): Promise<void> {
  await entry?.leave().catch(() => undefined);
}

/**
 * Closes the entry of an operation that left nothing. One that cannot be closed is left: whoever recovers finds that there
 * is nothing to be done.
 *
 * @returns why it could not be closed
 */
export async function closeEntry(entry: OpenJournalEntry | undefined): Promise<XenImageError | undefined> {
  try {
    await entry?.close();
    return undefined;
  } catch (error) {
    await leaveEntry(entry);
    return asXenImageError(error);
  }
}
