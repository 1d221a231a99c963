import type { SuperviseOptions, Toolstack } from '@xen-image/core';
import { ENDING, EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import type { Output } from '../output/output.js';
import { supervisionJson, supervisionLine, supervisionSaid } from '../output/supervision.js';
import { configuredPlugins } from '../plugins/configured.js';
import { tellProblems } from '../plugins/tell.js';
import { withPlugins } from '../toolstack/acting.js';
import { loadPlugins } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

/** How one supervision is told of. */
export interface Supervising {
  readonly io: Io;
  readonly output: Output;
  readonly simulated: boolean;
  readonly options?: SuperviseOptions;
}

/** Supervises until a signal comes, or until there is nothing left to supervise; tells each event as it comes. */
export async function supervise(toolstack: Toolstack, told: Supervising): Promise<NodeJS.Signals | undefined> {
  const { io, output, simulated, options } = told;
  const ending = new AbortController();
  let received: NodeJS.Signals | undefined;
  const end = io.onSignal(ENDING, (signal) => {
    received ??= signal;
    output.complain(`xen-image: ${signal}: ending after what is under way; the domains run on`);
    ending.abort(signal);
  });
  try {
    for await (const event of toolstack.supervise({ ...options, signal: ending.signal })) {
      if (output.json) output.event({ command: 'watch', simulated, event: supervisionJson(event) });
      else {
        output.line(supervisionLine(event));
        for (const line of supervisionSaid(event)) output.line(`  ${line}`);
      }
    }
  } finally {
    end();
  }
  return received;
}

/** Supervises all domains of this toolstack until it is asked to end. */
export async function run({ io, output, options }: Invocation): Promise<number> {
  // A domain is started again under the profile that it was made under.
  const plugins = await loadPlugins('xend');
  const configured = await configuredPlugins(io, options);
  return withPlugins({ io, options }, plugins, configured, async (toolstack, driver, leftOut) => {
    tellProblems(output, leftOut);
    await supervise(toolstack, { io, output, simulated: driver.name === 'sim' });
    return EXIT.ok;
  });
}
