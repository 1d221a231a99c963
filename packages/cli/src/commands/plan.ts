import { planJson, redactFacts, redactPlan, type Finding, type PluginAction, type Toolstack } from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import { readConfigFile, type ConfigFile } from '../input/config-file.js';
import { sortedFindings } from '../plan/findings.js';
import { hostFindings } from '../plan/host-findings.js';
import { printPlan, type PrintedPlan } from '../plan/print-plan.js';
import { planningHost, type PlanningHost, type PlanningHostOptions } from '../toolstack/planning-host.js';
import {
  configuredPlugins,
  extendedToolstack,
  type ConfiguredPlugins,
  type PluginProblem,
} from '../plugins/configured.js';
import { tellProblems } from '../plugins/tell.js';
import { loadPlugins, MODERN } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

interface PlanCommandOptions extends PlanningHostOptions {
  readonly explain?: boolean;
  readonly withoutDevices?: boolean;
  readonly dmRestrict?: boolean;
}

/** Plans a guest and prints the plan. */
export async function run(invocation: Invocation): Promise<number> {
  const { io, args, options } = invocation;
  const config = await readConfigFile(io, args[0] ?? '');
  const configured = await configuredPlugins(io, options);
  const host = await planningHost(io, options);
  try {
    return await planFor(host, config, configured, invocation);
  } finally {
    host.close();
  }
}

async function planFor(
  host: PlanningHost,
  { text, file }: ConfigFile,
  configured: ConfiguredPlugins,
  { output, options }: Invocation,
): Promise<number> {
  const { profile = MODERN, arch, explain = false, withoutDevices = false, dmRestrict } = options as PlanCommandOptions;
  const plugins = [...(await loadPlugins(profile)), ...host.plugins];
  const { toolstack, problems: leftOut } = extendedToolstack({ plugins, profile }, configured);
  tellProblems(output, leftOut);
  const { facts } = host;
  const source = {
    text,
    file,
    withoutDevices,
    ...(arch === undefined ? {} : { arch }),
    ...(dmRestrict === false ? { restrict: false } : {}),
  };
  const plan = await toolstack.plan(source, { host: facts });
  const problems = await toolstack.findProblems(plan);
  const { command: deviceModel, findings: rights } = await toolstack.deviceModelCommand(plan);
  const findings = sortedFindings([
    ...plan.findings,
    ...problems,
    ...rights,
    ...host.findings,
    ...hostFindings(plan, facts, host.source),
    ...(output.json ? leftOut.map(leftOutFinding) : []),
  ]);
  if (output.json) {
    output.document({
      command: 'plan',
      host: { source: host.source, name: host.name, facts: redactFacts(facts) },
      plan: { ...planJson(plan), findings },
      deviceModelCommand: deviceModel && { program: plan.deviceModel.program, ...deviceModel },
    });
    return EXIT.ok;
  }
  const printed: PrintedPlan = {
    plan: redactPlan(plan),
    file,
    hostName: host.name,
    onPaper: host.source === 'file' || host.source === 'built-in',
    deviceModel,
    findings,
    describePlugin: (action) => described(toolstack, action),
  };
  printPlan(output, printed, explain);
  return EXIT.ok;
}

/** What a plugin says of its action; a plugin that fails to say it does not keep the plan from being shown. */
function described({ registry }: Toolstack, action: PluginAction): string | undefined {
  try {
    return registry.actionKinds.get(action.kind)?.value.describe(action);
  } catch {
    return undefined;
  }
}

function leftOutFinding({ named, error }: PluginProblem): Finding {
  const { code, message, hint } = error;
  const finding = { severity: 'warning', code, message: `${message}; plugin ${named} is left out` } as const;
  return hint === undefined ? finding : { ...finding, hint };
}
