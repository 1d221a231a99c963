import { Toolstack, type CreatedDomain, type ImagePlan } from '@xen-image/core';
import { EXIT, exitCodeOfSignal } from '../exit-codes.js';
import { readConfigFile } from '../input/config-file.js';
import { interruptible } from '../interrupt.js';
import type { Output } from '../output/output.js';
import { startProgress } from '../output/progress.js';
import { visible } from '../output/visible.js';
import { findingLines, sortedFindings } from '../plan/findings.js';
import { openDriver, type Driver, type DriverOptions } from '../toolstack/driver.js';
import { loadPlugins, MODERN } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

interface CreateCommandOptions extends DriverOptions {
  readonly profile?: string;
  readonly arch?: string;
  readonly paused?: boolean;
  readonly withoutDevices?: boolean;
}

/** Creates a guest; a signal undoes what was done. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const { profile = MODERN, arch, paused, withoutDevices, ...driverOptions } = options as CreateCommandOptions;
  const { text, file } = await readConfigFile(io, args[0] ?? '');
  const [driver, plugins] = await Promise.all([openDriver(driverOptions, io.env), loadPlugins(profile)]);
  const toolstack = new Toolstack({ plugins: [...plugins, ...driver.plugins], profile });
  const plan = await toolstack.plan({
    text,
    file,
    ...(arch === undefined ? {} : { arch }),
    withoutDevices: withoutDevices === true,
  });
  const warnings = tellFindings(output, plan, file);
  const interrupt = interruptible(io, output);
  const progress = await startProgress(io, output, `creating ${visible(plan.config.name)}`);
  try {
    const created = await toolstack.create(plan, {
      paused: paused === true,
      signal: interrupt.signal,
      onProgress: (step) => {
        progress.show(step);
      },
      onWarning: (code, message) => {
        warnings.push({ code, message });
        if (!output.json) progress.note(`xen-image: warning [${visible(code)}]: ${visible(message)}`);
      },
    });
    progress.stop();
    answer(output, driver, created, { paused: paused === true, warnings });
    return EXIT.ok;
  } catch (error) {
    progress.stop();
    const { reportFailure } = await import('../output/failure.js');
    reportFailure(output, 'create', error);
    return interrupt.received === undefined ? EXIT.failed : exitCodeOfSignal(interrupt.received);
  } finally {
    interrupt.end();
  }
}

interface ToldWarning {
  readonly code: string;
  readonly message: string;
}

/** Tells what the plan found that does not stop it; a finding that does becomes the error of the creation. */
function tellFindings(output: Output, plan: ImagePlan, file: string): ToldWarning[] {
  const told = sortedFindings(plan.findings).filter(({ severity }) => severity !== 'error');
  if (!output.json) {
    for (const finding of told) for (const line of findingLines(finding, file, output.noteStyle)) output.note(line);
  }
  return told.map(({ code, message }) => ({ code, message }));
}

function answer(
  output: Output,
  { name: driver }: Driver,
  created: CreatedDomain,
  { paused, warnings }: { readonly paused: boolean; readonly warnings: readonly ToldWarning[] },
): void {
  const simulated = driver === 'sim';
  if (output.json) {
    output.document({ command: 'create', simulated, paused, domain: created, warnings });
    return;
  }
  const { name, domid, vncDisplay } = created;
  const facts = [`domid ${domid}`, ...(paused ? ['paused'] : []), ...(simulated ? ['simulated'] : [])];
  output.line(`created ${visible(name)} (${facts.join(', ')})`);
  if (vncDisplay !== undefined) output.line(`VNC on display ${vncDisplay} (TCP port ${5900 + vncDisplay})`);
}
