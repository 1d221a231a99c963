import { EXIT } from '../exit-codes.js';
import { uninterrupted } from '../interrupt.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** Lets a guest go on whose device model was saved, with that device model. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const [asked = ''] = args;
  return withDriver({ io, options }, async (toolstack, driver) => {
    const domain = await uninterrupted(io, output, () => toolstack.resume(asked));
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'resume', simulated, domain });
    else output.line(`${visible(asked)} goes on${simulated ? ' (simulated)' : ''}`);
    return EXIT.ok;
  });
}
