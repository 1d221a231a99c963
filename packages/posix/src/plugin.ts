import { CONTRACT_VERSION, definePlugin, JOURNAL, KEPT_DOMAINS, POSIX, type Plugin } from '@xen-image/core';
import type { OpenForeignOptions } from '@xen-image/ffi';
import { fileJournal, type FileJournalOptions } from './journal.js';
import { fileKeptDomains, type FileKeptDomainsOptions } from './kept-domains.js';
import { createPosix } from './posix.js';

/** How the plugin works. */
export interface PosixPluginOptions extends OpenForeignOptions {
  readonly journal?: FileJournalOptions;
  readonly keptDomains?: FileKeptDomainsOptions;
}

/**
 * The plugin that contributes the `Posix` port, a `Journal` and `KeptDomains` of files.
 * @param options - which implementation of foreign calls to use, and where journal and domains are kept
 */
export function posixPlugin(options: PosixPluginOptions = {}): Plugin {
  const posix = createPosix(options);
  const journal = fileJournal(posix, options.journal);
  const kept = fileKeptDomains(posix, options.keptDomains);
  return definePlugin({
    name: '@xen-image/posix',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: POSIX, create: () => posix });
      context.port({ token: JOURNAL, create: () => journal });
      context.port({ token: KEPT_DOMAINS, create: () => kept });
    },
  });
}
