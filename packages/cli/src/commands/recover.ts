import { EXIT } from '../exit-codes.js';
import { uninterrupted } from '../interrupt.js';
import { recoveredJson, recoveredLine } from '../output/recovered.js';
import { configuredPlugins } from '../plugins/configured.js';
import { tellProblems } from '../plugins/tell.js';
import { withPlugins } from '../toolstack/acting.js';
import { loadPlugins } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

/** Finishes or undoes what processes that are gone left unfinished. */
export async function run({ io, output, options }: Invocation): Promise<number> {
  // A device model that is to be restored is planned under the profile that its domain was made under.
  const plugins = await loadPlugins('xend');
  const configured = await configuredPlugins(io, options);
  return withPlugins({ io, options }, plugins, configured, async (toolstack, driver, leftOut) => {
    tellProblems(output, leftOut);
    const recovered = await uninterrupted(io, output, () => toolstack.recover());
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'recover', simulated, recovered: recovered.map(recoveredJson) });
    else if (recovered.length === 0) output.line(`nothing is unfinished${simulated ? ' (simulated)' : ''}`);
    else for (const one of recovered) output.line(recoveredLine(one));
    return recovered.some(({ outcome }) => outcome === 'failed') ? EXIT.failed : EXIT.ok;
  });
}
