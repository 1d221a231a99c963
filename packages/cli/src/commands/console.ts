import { attach, ESCAPE_KEY } from '../console/attach.js';
import { openTerminal } from '../console/terminal.js';
import { EXIT } from '../exit-codes.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** Attaches this process's terminal to a guest's console. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const [asked = ''] = args;
  const kind = options['type'] as 'pv' | 'serial' | undefined;
  const { found, simulated } = await withDriver({ io, options }, async (toolstack, driver) => ({
    found: await toolstack.console(asked, kind === undefined ? {} : { kind }),
    simulated: driver.name === 'sim',
  }));
  if (output.json) {
    const { domid, uuid, kind: type, tty } = found;
    output.document({ command: 'console', simulated, domid, uuid, kind: type, tty });
    return EXIT.ok;
  }
  if (process.stdin.isTTY) output.note(`${visible(asked)} on ${found.tty}; ${ESCAPE_KEY} leaves`);
  const why = await attach(openTerminal(found.tty), { input: process.stdin, output: process.stdout });
  output.note(why === 'left' ? '' : `\nthe console of ${visible(asked)} is closed`);
  return EXIT.ok;
}
