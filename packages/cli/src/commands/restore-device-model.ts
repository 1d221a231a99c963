import { resolve } from 'node:path';
import { EXIT } from '../exit-codes.js';
import { uninterrupted } from '../interrupt.js';
import { visible } from '../output/visible.js';
import { configuredPlugins } from '../plugins/configured.js';
import { tellProblems } from '../plugins/tell.js';
import { withPlugins } from '../toolstack/acting.js';
import { loadPlugins } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

/** Starts a new device model from saved state; the guest goes on. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const [asked = '', file = ''] = args;
  const path = resolve(io.cwd ?? '', file);
  // The device model is planned under the profile that the domain was made under.
  const plugins = await loadPlugins('xend');
  const configured = await configuredPlugins(io, options);
  return withPlugins({ io, options }, plugins, configured, async (toolstack, driver, leftOut) => {
    tellProblems(output, leftOut);
    const onWarning = (code: string, message: string): void => {
      output.complain(`xen-image: warning [${visible(code)}]: ${visible(message)}`);
    };
    const domain = await uninterrupted(io, output, () => toolstack.restoreDeviceModel(asked, path, { onWarning }));
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'restore-device-model', simulated, domain, path });
    else
      output.line(
        `${visible(asked)} goes on with a device model from ${visible(path)} (pid ${domain.deviceModelPid}${simulated ? ', simulated' : ''})`,
      );
    return EXIT.ok;
  });
}
