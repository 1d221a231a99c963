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

const NO_EFFECTS: StepOutcome = { effects: [] };

/**
 * Runs a case's input through the registry, its handler, the planner, the dialect and the executor, step by step as
 * the recording did: construction, figures, image, clean-up, and CPUID once more on a guest read afresh.
 */
export async function runCase(input: CaseInput, bench: Bench): Promise<CaseOutcome> {
  const run = new CaseRun(input, bench, readDictionary(input));
  const host = hostFacts(input.arch, input.host);
  const plan = run.plan(host);
  if (plan === undefined) return run.finish({ effects: [], error: run.planError });
  const construct = await run.step('configure', plan.actions.configure, true);
  if (construct.error !== undefined) return run.finish(construct);
  const memory = figures(plan, input);
  const deviceModel = commandLine(plan, bench.registry, input.vm.domid);
  const createImage = await run.image(plan);
  const cleanupBootloading = await run.cleanUp();
  const filesLeft = run.filesLeft();
  const setCpuid = givesCpuid(input.vmConfig) ? await setCpuidAlone(input, bench, host) : undefined;
  return { construct, memory, deviceModel, createImage, cleanupBootloading, filesLeft, setCpuid };
}

function givesCpuid(vmConfig: Dict): boolean {
  return vmConfig['cpuid'] !== undefined || vmConfig['cpuid_check'] !== undefined;
}

/** What a restored guest gets: the CPUID actions alone, planned from the dictionary read afresh. */
async function setCpuidAlone(input: CaseInput, bench: Bench, host: HostFacts): Promise<StepOutcome & KeptMaps> {
  const run = new CaseRun(input, bench, readDictionary(input, 'restore'));
  const plan = run.plan(host);
  if (plan === undefined) return { effects: [], error: run.planError };
  const { effects, error } = await run.step('restore', plan.actions.restore);
  const { cpuid, cpuidCheck } = run.keptMaps();
  return { effects, error, cpuid, cpuidCheck };
}

/** One guest under way; a recorder of its own takes the place of the last one's. */
class CaseRun {
  readonly #recorder: Recorder;
  readonly #execution: Execution;
  #cleanup: readonly Action[];
  /** Why there is no plan. */
  planError: XenImageError | undefined;

  constructor(
    private readonly input: CaseInput,
    private readonly bench: Bench,
    private readonly reading: XendReading,
  ) {
    this.#recorder = new Recorder(input);
    bench.desk.recorder = this.#recorder;
    this.#execution = executionOf(input, reading.config.name, bench, this.#recorder);
    this.#cleanup = reading.config.boot.temporaryFiles.map((path) => ({
      kind: 'remove-file',
      section: 'bootloader',
      path,
    }));
  }

  /** The plan; `undefined` where there is none, for the reason that is then in `planError`. */
  plan(host: HostFacts): ImagePlan | undefined {
    const { registry, profile } = this.bench;
    const { reading, input } = this;
    try {
      const plan = planImage({ registry, profile, reading, host });
      const { dialect, args } = plan.deviceModel;
      const options = registry.dialect(dialect).options(args, { domid: input.vm.domid, restore: false });
      this.#execution.results.set('deviceModelOptions', options);
      this.#cleanup = plan.actions.cleanup;
      return plan;
    } catch (error) {
      this.planError = coded(error);
      return undefined;
    }
  }

  /** Performs a step's actions, after the facts that they are decided by where it is the first, and takes its effects. */
  async step(phase: Phase, actions: readonly Action[], first = false): Promise<StepOutcome> {
    let error: XenImageError | undefined;
    try {
      if (first) await requireFacts(actions, this.#execution);
      await runActions(actions, phase, this.#execution);
    } catch (thrown) {
      error = coded(thrown);
    }
    return { effects: this.#recorder.takeEffects(), error };
  }

  async image({ actions }: ImagePlan): Promise<StepOutcome & BuiltImage> {
    const { beforeBuild, build, afterBuild, finish } = actions;
    const { effects, error } = await this.step('build', [...beforeBuild, ...build, ...afterBuild, ...finish]);
    const { cpuid, cpuidCheck } = this.keptMaps();
    return { effects, error, result: this.#builtResult(), cpuid, cpuidCheck };
  }

  /** Removes the bootloader's files; also where there is no plan that would say so. */
  cleanUp(): Promise<StepOutcome> | StepOutcome {
    return this.#cleanup.length === 0 ? NO_EFFECTS : this.step('build', this.#cleanup);
  }

  filesLeft(): readonly string[] {
    const { temporaryFiles } = this.reading.config.boot;
    if (temporaryFiles.length === 0) return temporaryFiles;
    return temporaryFiles.filter((path) => this.#recorder.script.pathKind(path) !== 'absent');
  }

  /** Ends a case that came no further than its construction. */
  async finish(construct: StepOutcome): Promise<CaseOutcome> {
    const cleanupBootloading = await this.cleanUp();
    return { construct, cleanupBootloading, filesLeft: this.filesLeft() };
  }

  /** The maps that a handler holds: what the calls gave back, else what was configured. */
  keptMaps(): KeptMaps {
    const { results } = this.#execution;
    const { set, check } = this.reading.cpuidMaps;
    return {
      cpuid: (results.peek('cpuid') as CpuidMap | undefined) ?? set,
      cpuidCheck: (results.peek('cpuidCheck') as CpuidMap | undefined) ?? check,
    };
  }

  /** The dictionary that the original handed back: the builder's own answer, with what was read and noted after it. */
  #builtResult(): Dict | undefined {
    const { built } = this.#recorder;
    if (!isDict(built)) return undefined;
    const { results } = this.#execution;
    const frame = results.peek('storeFrame') as Json | undefined;
    const notes = results.peek('notes') as Json | undefined;
    const result: Record<string, Json> = { ...built };
    if (frame !== undefined) result['store_mfn'] = frame;
    if (notes !== undefined) result['notes'] = notes;
    return result;
  }
}

/** What the executor works with for one guest: ports of an operation of its own. */
function executionOf({ vm }: CaseInput, name: string, { registry, profile }: Bench, recorder: Recorder): Execution {
  const { domid, uuid, storePort, consolePort } = vm;
  const operation = new Operation(registry);
  return {
    domid,
    uuid,
    name,
    results: new Results({ domid, uuid, storePort, consolePort }),
    undo: new UndoStack(),
    checks: profile.policy.checks,
    separateWrites: true,
    port: (token) => operation.get(token),
    actionKind: (kind) => registry.actionKinds.get(kind)?.value,
    warn: (code, message) => {
      recorder.warn(code, message);
    },
  };
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
  const { argv, environment } = renderDeviceModel(deviceModel, dialect, { domid, restore: false });
  const { program, args } = deviceModel;
  return {
    spawns: program !== null,
    argvCreate: [program, ...argv],
    argvRestore: [program, ...dialect.argv(args, { domid, restore: true })],
    env: program === null ? null : environment,
  };
}

/** A coded error as it is; anything else is a defect of this program's and becomes one that says so. */
export function coded(error: unknown): XenImageError {
  if (isXenImageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new XenImageError('INTERNAL', message, { cause: error });
}
