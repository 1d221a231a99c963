import { ENDING, EXIT } from '../exit-codes.js';
import { findConfig } from '../plugins/find-config.js';
import { listenAt } from '../service/listen.js';
import { serviceSocket } from '../service/place.js';
import { createService, type Told } from '../service/serve.js';
import { usageError } from '../output/failure.js';
import { visible } from '../output/visible.js';
import { run as runWords } from '../run.js';
import { keptDrivers } from '../toolstack/kept-drivers.js';
import { readVersion } from '../version.js';
import type { Invocation } from './definition.js';

function toldLine(told: Told): string {
  const said = told.event === 'ended' ? `exit code ${told.exitCode}` : `declined: ${told.why}`;
  return `${visible(told.words.join(' '))}: ${visible(said)}`;
}

/** Carries out the short commands of other processes until a signal comes; a second one ends what is under way. */
export async function run({ io, output }: Invocation): Promise<number> {
  const path = serviceSocket(io.env);
  if (path === undefined) throw usageError('XEN_IMAGE_SERVICE is off', 'serve');
  const drivers = keptDrivers();
  const service = createService({
    version: readVersion(),
    run: (words, remote) => runWords(words, remote, drivers.open),
    // Plugins may hold state, and change on disk: the process that asks loads them itself.
    declines: (remote) => {
      const file = findConfig(undefined, remote);
      return file === undefined ? undefined : `plugins are listed in ${file}`;
    },
    onTold: (told) => {
      if (output.json) output.event({ command: 'serve', event: told });
      else output.note(toldLine(told));
    },
  });
  await listenAt(service.server, path);
  if (output.json) output.event({ command: 'serve', event: { event: 'listening', path } });
  else output.line(`serving at ${visible(path)}`);
  await new Promise<void>((resolve) => {
    let ending = false;
    const end = io.onSignal(ENDING, (signal) => {
      if (ending) {
        service.interrupt(signal);
        return;
      }
      ending = true;
      output.complain(`xen-image: ${signal}: ending after the commands that are under way`);
      void service.close().then(() => {
        drivers.forget();
        end();
        resolve();
      });
    });
  });
  return EXIT.ok;
}
