import {
  isXenImageError,
  Operation,
  planImage,
  renderDeviceModel,
  Results,
  runActions,
  UndoStack,
  XenImageError,
  type Action,
  type Execution,
  type HostFacts,
  type ImagePlan,
  type Phase,
  type Profile,
  type Registry,
} from '@xen-image/core';
import { hostFacts } from '../dictionary/host.js';
import type { CpuidMap, Dict, Json } from '../dictionary/input.js';
import { isDict } from '../dictionary/python.js';
import { readDictionary, type XendReading } from '../dictionary/read.js';
import type { CaseDeviceModel, CaseInput, CaseMemory } from './case.js';
import { requireFacts } from './facts.js';
import type { BuiltImage, CaseOutcome, KeptMaps, StepOutcome } from './outcome.js';
import type { Desk } from './ports.js';
import { Recorder } from './recorder.js';

/** What cases are run with. */
export interface Bench {
  readonly registry: Registry;
  readonly profile: Profile;
  readonly desk: Desk;
}

/** The steps of the original's `createImage`, after its construction. */
const BUILD_STEPS = ['beforeBuild', 'build', 'afterBuild', 'finish'] as const;

const NO_EFFECTS: StepOutcome = { effects: [] };

/**
 * Runs a case's input through the registry, its handler, the planner, the dialect and the executor, step by step as
 * the recording did: construction, figures, image, clean-up, and CPUID once more on a guest read afresh.
 */
export async function runCase(input: CaseInput, bench: Bench): Promise<CaseOutcome> {
  bench.desk.recorder = new Recorder(input);
  const reading = readDictionary(input);
  const host = hostFacts(input.arch, input.host);
  const run = new CaseRun(input, bench, reading);
  const plan = run.plan(host);
  if (isXenImageError(plan)) return run.finish({ effects: [], error: plan });
  const construct = await run.step('configure', async (execution) => {
    await requireFacts(plan.actions.configure, execution);
    await runActions(plan.actions.configure, 'configure', execution);
  });
  if (construct.error !== undefined) return run.finish(construct);
  const memory = figures(plan, input);
  const deviceModel = commandLine(plan, bench.registry, input.vm.domid);
  const createImage = await run.image(plan);
  const cleanupBootloading = await run.cleanUp();
  const filesLeft = run.filesLeft();
  const setCpuid = givesCpuid(input.vmConfig) ? await setCpuidAlone(input, bench, host) : undefined;
  return {
    construct,
    memory,
    deviceModel,
    createImage,
    cleanupBootloading,
    filesLeft,
    setCpuid,
  };
}

function givesCpuid(vmConfig: Dict): boolean {
  return vmConfig['cpuid'] !== undefined || vmConfig['cpuid_check'] !== undefined;
}

/** What a restored guest gets: the CPUID actions alone, planned from the dictionary read afresh. */
async function setCpuidAlone(input: CaseInput, bench: Bench, host: HostFacts): Promise<StepOutcome & KeptMaps> {
  bench.desk.recorder = new Recorder(input);
  const run = new CaseRun(input, bench, readDictionary(input, 'restore'));
  const plan = run.plan(host);
  if (isXenImageError(plan)) return { effects: [], error: plan };
  const outcome = await run.step('restore', (execution) => runActions(plan.actions.restore, 'restore', execution));
  return { ...outcome, ...run.keptMaps() };
}

/** One guest under way. */
class CaseRun {
  readonly #operation: Operation;
  #execution: Execution | undefined;
  #plan: ImagePlan | undefined;

  constructor(
    private readonly input: CaseInput,
    private readonly bench: Bench,
    private readonly reading: XendReading,
  ) {
    this.#operation = new Operation(bench.registry);
  }

  /** The plan, or why there is none. */
  plan(host: HostFacts): ImagePlan | XenImageError {
    const { registry, profile } = this.bench;
    try {
      this.#plan = planImage({ registry, profile, reading: this.reading, host });
      return this.#plan;
    } catch (error) {
      return coded(error);
    }
  }

  /** Runs a step and takes its effects. */
  async step(phase: Phase, work: (execution: Execution) => Promise<void>): Promise<StepOutcome> {
    const execution = (this.#execution ??= this.#newExecution());
    const { recorder } = this.bench.desk;
    try {
      await work(execution);
    } catch (error) {
      return { effects: recorder.takeEffects(), error: coded(error) };
    }
    return { effects: recorder.takeEffects() };
  }

  async image(plan: ImagePlan): Promise<StepOutcome & BuiltImage> {
    const actions = BUILD_STEPS.flatMap((step) => plan.actions[step]);
    const { effects, error } = await this.step('build', (execution) => runActions(actions, 'build', execution));
    const { cpuid, cpuidCheck } = this.keptMaps();
    return { effects, error, result: this.#builtResult(), cpuid, cpuidCheck };
  }

  /** Removes the bootloader's files; also where there is no plan that would say so. */
  cleanUp(): Promise<StepOutcome> {
    const files = this.reading.config.boot.temporaryFiles;
    if (files.length === 0) return Promise.resolve(NO_EFFECTS);
    const actions: readonly Action[] =
      this.#plan?.actions.cleanup ??
      files.map((path) => ({ kind: 'remove-file', section: 'bootloader', path }) as const);
    return this.step('build', (execution) => runActions(actions, 'build', execution));
  }

  filesLeft(): string[] {
    const { script } = this.bench.desk.recorder;
    return this.reading.config.boot.temporaryFiles.filter((path) => script.pathKind(path) !== 'absent');
  }

  /** Ends a case that came no further than its construction. */
  async finish(construct: StepOutcome): Promise<CaseOutcome> {
    const cleanupBootloading = await this.cleanUp();
    return { construct, cleanupBootloading, filesLeft: this.filesLeft() };
  }

  /** The maps that a handler holds: what the calls gave back, else what was configured. */
  keptMaps(): KeptMaps {
    const results = this.#execution?.results;
    const { set, check } = this.reading.cpuidMaps;
    return {
      cpuid: (results?.peek('cpuid') as CpuidMap | undefined) ?? set,
      cpuidCheck: (results?.peek('cpuidCheck') as CpuidMap | undefined) ?? check,
    };
  }

  /** The dictionary that the original handed back: the builder's own answer, with what was read and noted after it. */
  #builtResult(): Dict | undefined {
    const { built } = this.bench.desk.recorder;
    if (!isDict(built)) return undefined;
    const results = this.#execution?.results;
    const frame = results?.peek('storeFrame') as Json | undefined;
    const notes = results?.peek('notes') as Json | undefined;
    const result: Record<string, Json> = { ...built };
    if (frame !== undefined) result['store_mfn'] = frame;
    if (notes !== undefined) result['notes'] = notes;
    return result;
  }

  #newExecution(): Execution {
    const { registry, desk } = this.bench;
    const { domid, uuid, storePort, consolePort } = this.input.vm;
    const { name } = this.reading.config;
    const operation = this.#operation;
    const plan = this.#plan;
    const deviceModelOptions =
      plan === undefined
        ? []
        : registry.dialect(plan.deviceModel.dialect).options(plan.deviceModel.args, { domid, restore: false });
    return {
      domid,
      uuid,
      name,
      results: new Results({ domid, uuid, storePort, consolePort, deviceModelOptions }),
      undo: new UndoStack(),
      checks: plan?.policy.checks ?? 'in-order',
      port: (token) => operation.get(token),
      actionKind: (kind) => registry.actionKinds.get(kind)?.value,
      warn: (code, message) => {
        desk.recorder.warn(code, message);
      },
    };
  }
}

function figures({ math }: ImagePlan, { queries }: CaseInput): CaseMemory {
  return {
    requiredAvailableKib: queries.availableMemoryKib.map((memoryKib) => math.available(memoryKib).value),
    requiredInitialReservationKib: math.initialReservation.value,
    requiredMaximumReservationKib: math.maximumReservation.value,
    requiredShadowKib: queries.shadowMemoryKib.map(([shadowKib, maxmemKib]) => math.shadow(shadowKib, maxmemKib).value),
  };
}

function commandLine({ deviceModel }: ImagePlan, registry: Registry, domid: number): CaseDeviceModel {
  const dialect = registry.dialect(deviceModel.dialect);
  const created = renderDeviceModel(deviceModel, dialect, { domid, restore: false });
  const restored = renderDeviceModel(deviceModel, dialect, { domid, restore: true });
  const { program } = deviceModel;
  return {
    spawns: program !== null,
    argvCreate: [program, ...created.argv],
    argvRestore: [program, ...restored.argv],
    env: program === null ? null : created.environment,
  };
}

/** A coded error as it is; anything else is a defect of this program's and becomes one that says so. */
function coded(error: unknown): XenImageError {
  if (isXenImageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new XenImageError('INTERNAL', message, { cause: error });
}
