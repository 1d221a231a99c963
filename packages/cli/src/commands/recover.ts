import { EXIT } from '../exit-codes.js';
import { uninterrupted } from '../interrupt.js';
import { recoveredJson, recoveredLine } from '../output/recovered.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** Finishes or undoes what processes that are gone left unfinished. */
export async function run({ io, output, options }: Invocation): Promise<number> {
  return withDriver(io, options, async (toolstack, driver) => {
    const recovered = await uninterrupted(io, output, () => toolstack.recover());
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'recover', simulated, recovered: recovered.map(recoveredJson) });
    else if (recovered.length === 0) output.line(`nothing is unfinished${simulated ? ' (simulated)' : ''}`);
    else for (const one of recovered) output.line(recoveredLine(one));
    return recovered.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.ok;
  });
}
