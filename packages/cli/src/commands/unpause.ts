import { EXIT } from '../exit-codes.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** Unpauses a domain. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, args } = invocation;
  const [asked = ''] = args;
  return withDriver(invocation, async (toolstack, driver) => {
    await toolstack.unpause(asked);
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'unpause', simulated, domain: asked });
    else output.line(`unpaused ${visible(asked)}${simulated ? ' (simulated)' : ''}`);
    return EXIT.ok;
  });
}
