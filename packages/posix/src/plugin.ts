import { CONTRACT_VERSION, definePlugin, JOURNAL, POSIX, type Plugin } from '@xen-image/core';
import type { OpenForeignOptions } from '@xen-image/ffi';
import { fileJournal, type FileJournalOptions } from './journal.js';
import { createPosix } from './posix.js';

/** How the plugin works. */
export interface PosixPluginOptions extends OpenForeignOptions {
  readonly journal?: FileJournalOptions;
}

/**
 * The plugin that contributes the `Posix` port, and a `Journal` of files.
 * @param options - which implementation of foreign calls to use, and where the journal is kept
 */
export function posixPlugin(options: PosixPluginOptions = {}): Plugin {
  const posix = createPosix(options);
  const journal = fileJournal(posix, options.journal);
  return definePlugin({
    name: '@xen-image/posix',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: POSIX, create: () => posix });
      context.port({ token: JOURNAL, create: () => journal });
    },
  });
}
