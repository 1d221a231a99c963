import type { OptionDefinition } from '../commands/definition.js';

/** Which plugins are loaded. */
export const PLUGINS: readonly OptionDefinition[] = [
  {
    flags: '--config <file>',
    description: 'the file that lists plugins (default: xen-image.config.js, .mjs or .json here or above)',
    complete: 'file',
  },
  { flags: '--no-config', description: 'load no plugins' },
];
