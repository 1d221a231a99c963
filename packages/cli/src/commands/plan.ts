import {
  planJson,
  redactFacts,
  redactPlan,
  renderDeviceModel,
  Toolstack,
  type ImagePlan,
  type RenderedDeviceModel,
} from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import { readConfigFile, type ConfigFile } from '../input/config-file.js';
import { sortedFindings } from '../plan/findings.js';
import { hostFindings } from '../plan/host-findings.js';
import { printPlan, type PrintedPlan } from '../plan/print-plan.js';
import { planningHost, type PlanningHost, type PlanningHostOptions } from '../toolstack/planning-host.js';
import { loadPlugins, MODERN } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

interface PlanCommandOptions extends PlanningHostOptions {
  readonly explain?: boolean;
  readonly withoutDevices?: boolean;
}

/** Plans a guest and prints the plan. */
export async function run(invocation: Invocation): Promise<number> {
  const { io, args, options } = invocation;
  const config = await readConfigFile(io, args[0] ?? '');
  const host = await planningHost(io, options);
  try {
    return await planFor(host, config, invocation);
  } finally {
    host.close();
  }
}

async function planFor(
  host: PlanningHost,
  { text, file }: ConfigFile,
  { output, options }: Invocation,
): Promise<number> {
  const { profile = MODERN, arch, explain = false, withoutDevices = false } = options as PlanCommandOptions;
  const toolstack = new Toolstack({ plugins: [...(await loadPlugins(profile)), ...host.plugins], profile });
  const { facts } = host;
  const source = { text, file, withoutDevices, ...(arch === undefined ? {} : { arch }) };
  const plan = await toolstack.plan(source, { host: facts });
  const problems = await toolstack.findProblems(plan);
  const deviceModel = renderedDeviceModel(toolstack, plan);
  const findings = sortedFindings([
    ...plan.findings,
    ...problems,
    ...host.findings,
    ...hostFindings(plan, facts, host.source),
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
    describePlugin: (action) => toolstack.registry.actionKinds.get(action.kind)?.value.describe(action),
  };
  printPlan(output, printed, explain);
  return EXIT.ok;
}

/** The device model's command line, the domid not known yet. */
function renderedDeviceModel({ registry }: Toolstack, { deviceModel }: ImagePlan): RenderedDeviceModel | null {
  if (deviceModel.program === null) return null;
  const dialect = registry.dialect(deviceModel.dialect);
  return renderDeviceModel(deviceModel, dialect, { domid: '<domid>', restore: false });
}
