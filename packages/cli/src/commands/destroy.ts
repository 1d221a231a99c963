import { EXIT } from '../exit-codes.js';
import { uninterrupted } from '../interrupt.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** Destroys a domain. */
export async function run(invocation: Invocation): Promise<number> {
  const { io, output, args } = invocation;
  const [asked = ''] = args;
  return withDriver(invocation, async (toolstack, driver) => {
    const destroyed = await uninterrupted(io, output, () => toolstack.destroy(asked));
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'destroy', simulated, domain: destroyed });
    else {
      const { name, domid } = destroyed;
      const facts = [`domid ${domid}`, ...(simulated ? ['simulated'] : [])];
      output.line(`destroyed ${name === null ? 'a domain without a name' : visible(name)} (${facts.join(', ')})`);
    }
    return EXIT.ok;
  });
}
