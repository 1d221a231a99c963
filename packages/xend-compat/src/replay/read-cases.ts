import { XenImageError } from '@xen-image/core/plugin';
import type { Case } from './case.js';

/** A case with the number of its line, from 1. */
export interface NumberedCase {
  readonly line: number;
  /** The line itself. */
  readonly content: string;
  readonly recorded: Case;
}

/**
 * The cases of a file of JSON lines, one after the other; blank lines are passed over.
 *
 * @throws XenImageError `REPLAY_CASE_INVALID` with the line, for what is no JSON or has not the shape of a case
 */
export function* readCases(text: string, file?: string): Generator<NumberedCase, void, undefined> {
  let start = 0;
  for (let line = 1; start < text.length; line++) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const content = text.slice(start, end);
    start = end + 1;
    if (!content.startsWith('{') && content.trim() === '') continue;
    yield { line, content, recorded: parseCase(content, { line, column: 1, ...(file === undefined ? {} : { file }) }) };
  }
}

function parseCase(content: string, position: { line: number; column: number; file?: string }): Case {
  const invalid = (why: string): XenImageError =>
    new XenImageError('REPLAY_CASE_INVALID', `line ${position.line} is no case: ${why}`, {
      phase: 'config',
      position,
      hint: 'A line holds one JSON object with id, input and output, as docs/replay.md describes it.',
    });
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error));
  }
  const lacking = lacks(parsed);
  if (lacking !== undefined) throw invalid(lacking);
  return parsed as Case;
}

type Shape = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const VM_NUMBERS = ['domid', 'vcpus', 'memoryTargetKib', 'memoryMaximumKib', 'storePort', 'consolePort'] as const;
const HOST_OPTIONS = ['vncpasswd', 'vncListen', 'vncTls', 'vncX509CertDir', 'vncX509Verify'] as const;
const CLOCK_NUMBERS = ['nowEpochSeconds', 'isDst', 'timezoneWestSeconds', 'altzoneWestSeconds'] as const;
const STEPS = ['createImage', 'cleanupBootloading', 'setCpuid'] as const;

/** What a parsed line lacks of a case's shape. The dictionary inside is the reader's to judge. */
function lacks(value: unknown): string | undefined {
  if (!isObject(value)) return 'it is no object';
  const { id, input, output } = value;
  if (typeof id !== 'string') return 'id is no text';
  if (!isObject(input)) return 'input is no object';
  if (typeof input['arch'] !== 'string') return 'input.arch is no text';
  if (typeof input['imageType'] !== 'string') return 'input.imageType is no text';
  if (!isObject(input['vmConfig'])) return 'input.vmConfig is no object';
  return lacksVm(input['vm']) ?? lacksHost(input['host']) ?? lacksQueries(input['queries']) ?? lacksOutput(output);
}

function lacksNumber(value: Shape, keys: readonly string[], where: string): string | undefined {
  for (const key of keys) if (typeof value[key] !== 'number') return `${where}.${key} is no number`;
  return undefined;
}

function lacksVm(vm: unknown): string | undefined {
  if (!isObject(vm)) return 'input.vm is no object';
  if (typeof vm['uuid'] !== 'string') return 'input.vm.uuid is no text';
  if (typeof vm['features'] !== 'string') return 'input.vm.features is no text';
  if (vm['nameLabel'] === undefined) return 'input.vm.nameLabel is missing';
  return lacksNumber(vm, VM_NUMBERS, 'input.vm');
}

function lacksHost(host: unknown): string | undefined {
  if (!isObject(host)) return 'input.host is no object';
  const { options, clock, paths, xcResults, xcFailures } = host;
  if (!isObject(options)) return 'input.host.options is no object';
  for (const key of HOST_OPTIONS) if (options[key] === undefined) return `input.host.options.${key} is missing`;
  if (typeof host['xenCaps'] !== 'string') return 'input.host.xenCaps is no text';
  if (!isObject(clock)) return 'input.host.clock is no object';
  if (!isObject(paths)) return 'input.host.paths is no object';
  if (xcResults !== undefined && !isObject(xcResults)) return 'input.host.xcResults is no object';
  if (xcFailures !== undefined) {
    if (!isObject(xcFailures)) return 'input.host.xcFailures is no object';
    for (const method of Object.keys(xcFailures)) {
      if (!Array.isArray(xcFailures[method])) return `input.host.xcFailures.${method} is no list`;
    }
  }
  return lacksNumber(clock, CLOCK_NUMBERS, 'input.host.clock');
}

function lacksQueries(queries: unknown): string | undefined {
  if (!isObject(queries)) return 'input.queries is no object';
  const { availableMemoryKib, shadowMemoryKib } = queries;
  if (!isNumbers(availableMemoryKib)) return 'input.queries.availableMemoryKib is no list of numbers';
  if (!Array.isArray(shadowMemoryKib)) return 'input.queries.shadowMemoryKib is no list';
  return shadowMemoryKib.every((pair) => isNumbers(pair) && pair.length === 2)
    ? undefined
    : 'input.queries.shadowMemoryKib is no list of pairs';
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}

function lacksOutput(output: unknown): string | undefined {
  if (!isObject(output)) return 'output is no object';
  const { memory, deviceModel } = output;
  if (memory !== undefined && !isObject(memory)) return 'output.memory is no object';
  const construct = lacksStep(output['construct'], 'output.construct') ?? lacksDeviceModel(deviceModel);
  if (construct !== undefined) return construct;
  for (const step of STEPS) {
    const lacking = output[step] === undefined ? undefined : lacksStep(output[step], `output.${step}`);
    if (lacking !== undefined) return lacking;
  }
  return undefined;
}

function lacksDeviceModel(deviceModel: unknown): string | undefined {
  if (deviceModel === undefined) return undefined;
  if (!isObject(deviceModel)) return 'output.deviceModel is no object';
  for (const list of ['argvCreate', 'argvRestore']) {
    if (!Array.isArray(deviceModel[list])) return `output.deviceModel.${list} is no list`;
  }
  const { env } = deviceModel;
  return env === null || isObject(env) ? undefined : 'output.deviceModel.env is no object';
}

function lacksStep(step: unknown, where: string): string | undefined {
  if (!isObject(step)) return `${where} is no object`;
  const { effects, error } = step;
  if (!Array.isArray(effects)) return `${where}.effects is no list`;
  if (!effects.every(isEffect)) return `${where}.effects has one that is none`;
  if (error === undefined) return undefined;
  if (!isObject(error)) return `${where}.error is no object`;
  return typeof error['message'] === 'string' ? undefined : `${where}.error.message is no text`;
}

/** Whether a value can be compared as an effect. */
function isEffect(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, entries } = value;
  if (kind !== 'storeVm' && kind !== 'xsStore') return typeof kind === 'string';
  return Array.isArray(entries) && entries.every((entry) => Array.isArray(entry));
}
