/** Runs the cases: `node e2e/dist/run.js [--host NAME] [--keep] [--list] [FILTER]...`. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { MACHINES, type Case, type MachineName } from './case.js';
import { cases } from './cases/index.js';
import { bootHost, type Host } from './host.js';
import { findHost, keepHost } from './hosts.js';
import { machineOf, runInLanes, type Station } from './lanes.js';
import { installedProject, PROJECT_DIR } from './project.js';
import { faultLines, runCase, seconds, type CaseResult } from './runner.js';

const USAGE = `usage: node e2e/dist/run.js [OPTION]... [FILTER]...

Runs the cases whose name or machine contains one of the filters; all without any.

  --list         names the cases
  --host NAME    runs on a host that is up (dom0-cli.js up) instead of booting; cases for other machines are named, not run
  --keep         leaves the last booted host up as "kept" for dom0-cli.js
`;

/**
 * So many cases with HVM guests are run again in a run, each once, on a new machine. Under nested emulation such guests have been seen to
 * triple fault in their firmware and in an idle kernel, and the whole machine to stand still, not again at the next boot; the README says
 * what is known of it. What fails twice fails.
 */
const AGAIN_AT_MOST = 5;

/** Machines that are up at once: each takes one core. */
const LANES = Math.max(1, Math.min(2, availableParallelism()));

/** The cases that were run again. */
const again: string[] = [];

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean', default: false },
      host: { type: 'string' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const wanted = cases.filter(
    (one) => positionals.length === 0 || positionals.some((word) => `${machineOf(one)}: ${one.name}`.includes(word)),
  );
  if (values.list) {
    for (const one of wanted) say(`${machineOf(one)}: ${one.name}`);
    return 0;
  }
  const started = performance.now();
  const results =
    values.host === undefined ? await onBootedHosts(wanted, values.keep) : await onHost(values.host, wanted);
  const failed = results.filter((result) => result.error !== undefined);
  if (failed.length > 0) say('');
  for (const { name } of failed) say(`FAILED  ${name}`);
  for (const name of again) say(`ran again on a new machine: ${name}`);
  say(`${seconds(performance.now() - started)} in all`);
  if (results.length === 0) say('no case has this in its name');
  say(`${String(results.length - failed.length)} passed, ${String(failed.length)} failed`);
  return failed.length === 0 && results.length > 0 ? 0 : 1;
}

async function onHost(name: string, wanted: readonly Case[]): Promise<CaseResult[]> {
  const host = await findHost(name);
  if (host === undefined) throw new Error(`host "${name}" is not up`);
  // The repository, shared with dom0, has the same layout as the installed packages.
  await host.must(`[ -e ${PROJECT_DIR}/node_modules ] || ln -sfn /repo ${PROJECT_DIR}`);
  const command = '#!/bin/sh\nexec node /repo/packages/cli/bin/xen-image.js "$@"\n';
  const path = '/usr/local/bin/xen-image';
  await host.must(`[ -e ${path} ] || { mkdir -p /usr/local/bin && cat > ${path} && chmod +x ${path}; }`, {
    input: command,
  });
  const results: CaseResult[] = [];
  for (const one of wanted) {
    if ((one.machine ?? 'standard') === 'standard') results.push(await runCase(one, host, say));
    else say(`not run, as it needs the machine ${String(one.machine)}: ${one.name}`);
  }
  return results;
}

async function onBootedHosts(wanted: readonly Case[], keep: boolean): Promise<CaseResult[]> {
  const project = await installedProject(say);
  const machines = (Object.keys(MACHINES) as MachineName[]).filter((machine) =>
    wanted.some((one) => machineOf(one) === machine),
  );
  return runInLanes(wanted, machines, keep ? 1 : LANES, (machine, lane) => {
    const kept = keep && machine === machines.at(-1);
    return stationOf(machine, kept ? 'kept' : `run-${machine}-${String(lane)}-${String(process.pid)}`, project);
  });
}

/** A machine with the project installed; the one named `kept` stays up when it is closed. */
function stationOf(machine: MachineName, name: string, project: string): Station {
  const kept = name === 'kept';
  const boot = async (): Promise<Host> => {
    const options = { name, log: say, ...MACHINES[machine], ...(kept ? { detachedSeconds: 3600 } : {}) };
    const made = await bootHost(options);
    await made.push(project, PROJECT_DIR);
    await made.must(`ln -sf ${PROJECT_DIR}/node_modules/.bin/xen-image /usr/local/bin/xen-image`);
    await warmUp(made);
    say(`machine ${machine} up in ${seconds(made.bootMs)}; ${made.serialLog}`);
    return made;
  };
  let host: Host | undefined;
  let noBoot: Error | undefined;
  return {
    async run(one) {
      try {
        if (noBoot !== undefined) throw noBoot;
        host ??= await boot();
      } catch (error) {
        noBoot ??= new Error('its machine does not boot; see the first case that says so', { cause: error });
        say(`FAILED  ${one.name}\n${faultLines(error)}`);
        return { name: one.name, elapsedMs: 0, error };
      }
      const result = await runCase(one, host, say);
      const repeats =
        result.error !== undefined &&
        one.emulated === true &&
        again.length < AGAIN_AT_MOST &&
        !again.includes(one.name);
      if (result.hostLost === true || repeats) {
        // What one case did to the host is not held against the next.
        await host.close();
        host = undefined;
      }
      if (!repeats) return result;
      again.push(one.name);
      say('        it runs again on a new machine');
      if (result.emulator !== undefined) say(faultLines(result.emulator));
      return this.run(one);
    },
    async close() {
      if (host === undefined) return;
      if (kept) await keepHost(host);
      else await host.close();
    },
  };
}

/** Xen allocates two pages for good when it makes the first guest; cases compare free memory to the page. */
async function warmUp(host: Host): Promise<void> {
  const config = 'name="warm-up"\ntype="pv"\nkernel="/boot/grub-pv"\nmemory=32\n';
  await host.must('cat > /tmp/warm-up.cfg && xl create -p /tmp/warm-up.cfg && xl destroy warm-up', { input: config });
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
try {
  process.exitCode = await main();
} catch (error) {
  say(`the rig failed: ${error instanceof Error ? error.message : String(error)}`);
  say('0 passed, 1 failed');
  process.exitCode = 1;
}
