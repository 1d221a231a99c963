import type { HostFacts } from '../host-facts.js';

/** What stands at a path: a plain file, a directory, something else, or nothing. Symbolic links are followed. */
export type PathKind = 'file' | 'directory' | 'other' | 'absent';

/** The host as planning sees it, and the few things done to its files. */
export interface Host {
  /** Facts for planning, gathered anew at each call. */
  facts(): Promise<HostFacts>;
  /** The hypervisor's capabilities text, as in {@link HostFacts}. */
  capabilities(): Promise<string>;
  pathKind(path: string): Promise<PathKind>;
  /** Removes a plain file. Rejects with a `XenImageError` of code `FILE_REMOVE_FAILED`. */
  removeFile(path: string): Promise<void>;
  /** A message for whoever reads the toolstack's log. */
  warn(message: string): void;
}
