import { XenImageError } from '@xen-image/core';
import { SCRIPTS } from '../completion/scripts.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from './definition.js';

/** Prints a completion script. */
export function run({ output, io, args }: Invocation): Promise<number> {
  const [shell = ''] = args;
  const script = SCRIPTS[shell];
  if (script === undefined) {
    throw new XenImageError('USAGE', `there is no completion for ${JSON.stringify(shell)}`, {
      hint: `Known shells: ${Object.keys(SCRIPTS).join(', ')}.`,
    });
  }
  if (output.json) output.document({ command: 'completion', shell, script });
  else io.stdout.write(script);
  return Promise.resolve(EXIT.ok);
}
