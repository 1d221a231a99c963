/** What an operation has taken, so that another process can give it back. */
export interface JournalEntry {
  /** Unique among entries. */
  readonly id: string;
  /** The kernel's boot id at the time; an entry of another boot speaks of nothing that still exists. */
  readonly bootId: string;
  readonly operation: 'create' | 'destroy' | 'save-device-model' | 'restore-device-model';
  readonly name: string;
  readonly uuid: string;
  readonly domid?: number;
  /** Names of the undo steps not yet done, the newest last. */
  readonly pending: readonly string[];
  /**
   * Set once everything is made and only this is left to be done: the operation is then finished, not undone. `resume`
   * lets the device model begin, then unpauses. Unset again where the last step failed and everything is undone after all.
   */
  readonly finish?: 'resume' | 'unpause' | 'nothing' | undefined;
  /** The file that the state of a device model is saved to, or restored from. */
  readonly state?: string;
}

/** An entry being written by its owner. It stays locked until it is closed or its owner dies. */
export interface OpenJournalEntry {
  /** Replaces what the entry says; durable when the promise resolves. */
  update(change: Partial<Pick<JournalEntry, 'domid' | 'pending' | 'finish'>>): Promise<void>;
  /** The operation is over and nothing is left: the entry goes. */
  close(): Promise<void>;
  /** Something is left: the entry stays, unlocked, for {@link Journal.abandoned}. */
  leave(): Promise<void>;
}

/**
 * Entries of operations under way, kept where a later process finds them. Entries of an earlier boot speak of nothing
 * that still exists and are never shown.
 */
export interface Journal {
  open(entry: Pick<JournalEntry, 'operation' | 'name' | 'uuid' | 'domid' | 'state'>): Promise<OpenJournalEntry>;
  /** Entries, of owners that live and of owners that do not. Nothing is locked. */
  list(): Promise<readonly JournalEntry[]>;
  /** Entries whose owner is gone, each locked by the caller until its `entry` is closed or left. */
  abandoned(): Promise<readonly { readonly record: JournalEntry; readonly entry: OpenJournalEntry }[]>;
}
