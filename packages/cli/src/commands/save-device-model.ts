import { resolve } from 'node:path';
import { EXIT, exitCodeOfSignal } from '../exit-codes.js';
import { interruptible } from '../interrupt.js';
import { reportFailure } from '../output/failure.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** Saves the state of a guest's emulated devices; the guest rests afterwards. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const [asked = '', file = ''] = args;
  const path = resolve(io.cwd ?? '', file);
  return withDriver({ io, options }, async (toolstack, driver) => {
    const interrupt = interruptible(io, output);
    try {
      const domain = await toolstack.saveDeviceModel(asked, path, { signal: interrupt.signal });
      const simulated = driver.name === 'sim';
      if (output.json) output.document({ command: 'save-device-model', simulated, domain, path });
      else
        output.line(
          `saved the device model of ${visible(asked)} to ${visible(path)}; the guest rests${simulated ? ' (simulated)' : ''}`,
        );
      return EXIT.ok;
    } catch (error) {
      reportFailure(output, 'save-device-model', error);
      return interrupt.received === undefined ? EXIT.failed : exitCodeOfSignal(interrupt.received);
    } finally {
      interrupt.end();
    }
  });
}
