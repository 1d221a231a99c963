import type { Finding, ImagePlan, RenderedDeviceModel } from '@xen-image/core';
import type { Output } from '../output/output.js';
import { shellCommand } from '../output/shell-words.js';
import { tableLines } from '../output/table.js';
import { visible } from '../output/visible.js';
import type { DescribeContext } from './describe-action.js';
import { findingLines } from './findings.js';
import { memoryBar } from './memory-bar.js';
import { memoryLines } from './memory-table.js';
import { storeTrees } from './store-records.js';
import { timeline, type TimelineEntry } from './timeline.js';

/** A plan with all that is printed of it. */
export interface PrintedPlan {
  /** Without passwords; see `redactPlan`. */
  readonly plan: ImagePlan;
  readonly file: string;
  /** As in "planned for …". */
  readonly hostName: string;
  /** The host is known by its facts alone. */
  readonly onPaper: boolean;
  /** `null` where the guest has no device model. */
  readonly deviceModel: RenderedDeviceModel | null;
  readonly findings: readonly Finding[];
  readonly describePlugin: DescribeContext['describePlugin'];
}

function heading(output: Output, title: string): void {
  output.line();
  output.line(output.style.bold(title));
}

function printHeader(output: Output, { plan, hostName, onPaper }: PrintedPlan): void {
  const { config, handler } = plan;
  output.line(`${output.style.bold(visible(config.name))}  ${config.uuid}`);
  const rows = [
    [
      'type',
      `${visible(handler.imageType)} on ${visible(handler.arch)}, ${config.vcpus.online} of ${config.vcpus.maximum} vcpus`,
    ],
    ['handler', visible(handler.plugin)],
    ['profile', visible(plan.profile)],
    ['host', visible(hostName)],
    ...(onPaper ? [['files', 'looked for on this machine']] : []),
  ];
  for (const line of tableLines(rows, { indent: '  ' })) output.line(line);
}

function printTimeline(output: Output, { plan, describePlugin }: PrintedPlan): void {
  heading(output, 'Actions');
  const phases = timeline(plan, { uuid: plan.config.uuid, describePlugin });
  const width = Math.max(...phases.flatMap(({ entries }) => entries.map(({ section }) => section.length)));
  for (const { phase, entries } of phases) {
    output.line(`  ${output.style.cyan(phase)}`);
    let before = '';
    for (const entry of entries) {
      printEntry(output, entry, entry.section === before ? '' : entry.section, width);
      before = entry.section;
    }
  }
}

function printEntry(output: Output, entry: TimelineEntry, section: string, width: number): void {
  output.line(`    ${output.style.dim(visible(section).padEnd(width))}  ${entry.text}`);
  for (const detail of entry.details) output.line(`    ${' '.repeat(width)}      ${output.style.dim(detail)}`);
}

function printRecords(output: Output, { plan }: PrintedPlan): void {
  const trees = storeTrees(plan);
  if (trees.length === 0) return;
  heading(output, 'Xenstore');
  for (const { root, records } of trees) {
    output.line(`  ${output.style.cyan(root === '' ? '/' : root)}`);
    const rows = records.map(({ path, value, permissions }) => [
      permissions === '' ? '-' : permissions,
      path === '' ? '.' : path,
      value,
    ]);
    for (const line of tableLines(rows, { indent: '    ' })) output.line(line);
  }
}

/** Whose rights a device model has while its guest runs. */
function rightsOf({ restriction }: RenderedDeviceModel): string {
  if (restriction === undefined) return 'it keeps the rights of root';
  const { user, chroot, sandbox } = restriction;
  const calls = sandbox ? ', its system calls filtered' : '';
  return `once started it runs as user ${visible(user)}, in ${visible(chroot)}, for its domain alone${calls}`;
}

function printDeviceModel(output: Output, { plan, deviceModel }: PrintedPlan): void {
  heading(output, 'Device model');
  const { program, dialect, vncPassword } = plan.deviceModel;
  if (deviceModel === null || program === null) {
    output.line('  none');
    return;
  }
  output.line(output.style.dim(`  in the dialect ${visible(dialect)}; ${rightsOf(deviceModel)}`));
  output.line(shellCommand([program, ...deviceModel.argv], deviceModel.environment, '  '));
  if (vncPassword !== null) output.line(output.style.dim('  The VNC password is set over its control connection.'));
}

function printFindings(output: Output, { findings, file }: PrintedPlan): void {
  if (findings.length === 0) return;
  heading(output, 'Findings');
  for (const finding of findings) for (const line of findingLines(finding, file, output.style)) output.line(line);
}

/** Prints a plan for people. */
export function printPlan(output: Output, printed: PrintedPlan, explain: boolean): void {
  printHeader(output, printed);
  heading(output, 'Memory');
  for (const line of memoryLines(printed.plan.memory, explain, output.style)) output.line(line);
  for (const line of memoryBar(printed.plan)) output.line(line);
  printTimeline(output, printed);
  printRecords(output, printed);
  printDeviceModel(output, printed);
  printFindings(output, printed);
}
