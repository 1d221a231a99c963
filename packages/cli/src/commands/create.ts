import type { CreatedDomain, ImagePlan, Recovered, Toolstack } from '@xen-image/core';
import { EXIT, exitCodeOfSignal } from '../exit-codes.js';
import { readConfigFile, type ConfigFile } from '../input/config-file.js';
import { interruptible } from '../interrupt.js';
import { reportFailure } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { startProgress } from '../output/progress.js';
import { recoveredJson, recoveredLine } from '../output/recovered.js';
import { visible } from '../output/visible.js';
import { findingLines, sortedFindings } from '../plan/findings.js';
import { configuredPlugins, type PluginProblem } from '../plugins/configured.js';
import { tellProblems } from '../plugins/tell.js';
import { withPlugins } from '../toolstack/acting.js';
import type { Driver } from '../toolstack/driver.js';
import { loadPlugins, MODERN } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';
import { supervise } from './watch.js';

interface CreateCommandOptions {
  readonly profile?: string;
  readonly arch?: string;
  readonly paused?: boolean;
  readonly withoutDevices?: boolean;
  readonly dmRestrict?: boolean;
  readonly wait?: boolean;
}

/** Creates a guest; a signal undoes what was done. */
export async function run(invocation: Invocation): Promise<number> {
  const { io, args, options } = invocation;
  const { profile = MODERN } = options as CreateCommandOptions;
  const config = await readConfigFile(io, args[0] ?? '');
  const plugins = await loadPlugins(profile);
  const configured = await configuredPlugins(io, options);
  return withPlugins(invocation, plugins, configured, (toolstack, driver, leftOut) =>
    createOn(toolstack, driver, leftOut, config, invocation),
  );
}

async function createOn(
  toolstack: Toolstack,
  driver: Driver,
  leftOut: readonly PluginProblem[],
  { text, file }: ConfigFile,
  { io, output, options }: Invocation,
): Promise<number> {
  const {
    profile = MODERN,
    arch,
    paused = false,
    withoutDevices = false,
    dmRestrict,
    wait = false,
  } = options as CreateCommandOptions;
  const source = {
    text,
    file,
    withoutDevices,
    ...(arch === undefined ? {} : { arch }),
    ...(dmRestrict === false ? { restrict: false } : {}),
  };
  tellProblems(output, leftOut);
  const plan = await toolstack.plan(source, { profile });
  const warnings = [
    ...leftOut.map(({ error: { code, message } }) => ({ code, message })),
    ...tellFindings(output, plan, file),
  ];
  const interrupt = interruptible(io, output);
  const progress = await startProgress(io, output, `creating ${visible(plan.config.name)}`);
  let created: CreatedDomain;
  try {
    // What a process that is gone left unfinished may hold the memory, or the name, that this guest needs.
    const recovered = await toolstack.recover();
    for (const one of recovered) progress.note(`xen-image: ${recoveredLine(one)}`);
    created = await toolstack.create(plan, {
      paused,
      // A simulated guest never shuts down by itself.
      attended: wait || driver.name === 'sim',
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
    answer(output, driver, created, { paused, warnings, recovered });
  } catch (error) {
    progress.stop();
    reportFailure(output, 'create', error);
    return interrupt.received === undefined ? EXIT.failed : exitCodeOfSignal(interrupt.received);
  } finally {
    interrupt.end();
  }
  if (!wait) return EXIT.ok;
  const simulated = driver.name === 'sim';
  const signal = await supervise(toolstack, { io, output, simulated, options: { uuids: [created.uuid] } });
  return signal === undefined ? EXIT.ok : exitCodeOfSignal(signal);
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

interface Told {
  readonly paused: boolean;
  readonly warnings: readonly ToldWarning[];
  readonly recovered: readonly Recovered[];
}

function answer(output: Output, driver: Driver, created: CreatedDomain, told: Told): void {
  const { paused, warnings, recovered } = told;
  const simulated = driver.name === 'sim';
  if (output.json) {
    output.document({
      command: 'create',
      simulated,
      paused,
      domain: created,
      warnings,
      recovered: recovered.map(recoveredJson),
    });
    return;
  }
  const { name, domid, vncDisplay } = created;
  const facts = [`domid ${domid}`, ...(paused ? ['paused'] : []), ...(simulated ? ['simulated'] : [])];
  output.line(`created ${visible(name)} (${facts.join(', ')})`);
  if (vncDisplay !== undefined) output.line(`VNC on display ${vncDisplay} (TCP port ${5900 + vncDisplay})`);
}
