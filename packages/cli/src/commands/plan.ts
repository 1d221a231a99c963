import { planJson, redactFacts, redactPlan, renderDeviceModel, Toolstack, type ImagePlan } from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import { readConfigFile } from '../input/config-file.js';
import { sortedFindings } from '../plan/findings.js';
import { printPlan } from '../plan/print-plan.js';
import { planningHost, type PlanningHostOptions } from '../toolstack/planning-host.js';
import { loadPlugins, MODERN } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

interface PlanCommandOptions extends PlanningHostOptions {
  readonly explain?: boolean;
  readonly withoutDevices?: boolean;
}

/** Plans a guest and prints the plan. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const [path = ''] = args;
  const { arch, explain, withoutDevices, ...rest } = options as PlanCommandOptions;
  const profile = rest.profile ?? MODERN;
  const { text, file } = await readConfigFile(io, path);
  const [host, plugins] = await Promise.all([
    planningHost(io, { ...rest, ...(arch === undefined ? {} : { arch }) }),
    loadPlugins(profile),
  ]);
  const toolstack = new Toolstack({ plugins: [...plugins, ...host.plugins], profile });
  const facts = host.facts ?? (await toolstack.hostFacts());
  const source = { text, file, ...(arch === undefined ? {} : { arch }), withoutDevices: withoutDevices === true };
  const plan = await toolstack.plan(source, { host: facts });
  const findings = sortedFindings([...plan.findings, ...(await toolstack.findProblems(plan))]);
  const deviceModel = renderedDeviceModel(toolstack, plan);
  if (output.json) {
    output.document({
      command: 'plan',
      host: { source: host.source, name: host.name, facts: redactFacts(facts) },
      plan: { ...planJson(plan), findings },
      deviceModelCommand: deviceModel && { program: plan.deviceModel.program, ...deviceModel },
    });
    return EXIT.ok;
  }
  printPlan(
    output,
    {
      plan: redactPlan(plan),
      file,
      hostName: host.name,
      onPaper: host.facts !== undefined,
      deviceModel,
      findings,
      describePlugin: (action) => toolstack.registry.actionKinds.get(action.kind)?.value.describe(action),
    },
    explain === true,
  );
  return EXIT.ok;
}

/** The device model's command line, the domid not known yet. */
function renderedDeviceModel({ registry }: Toolstack, { deviceModel }: ImagePlan) {
  if (deviceModel.program === null) return null;
  const dialect = registry.dialect(deviceModel.dialect);
  return renderDeviceModel(deviceModel, dialect, { domid: '<domid>', restore: false });
}
