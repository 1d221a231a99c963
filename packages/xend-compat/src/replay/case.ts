import type { CpuidMap, Dict, Json, XendClock, XendGuest, XendHost } from '../dictionary/input.js';

/** What the recording's stub of the hypercall library answered beside its defaults, and what it refused. */
export interface CaseScript {
  /** Everything that exists. */
  readonly paths: Readonly<Record<string, 'file' | 'dir'>>;
  /** Answers by method, in place of the defaults. */
  readonly xcResults?: Dict;
  /** Arguments of the `xc.Error` that a method raises. */
  readonly xcFailures?: Readonly<Record<string, readonly Json[]>>;
}

/** What a case gives the program. */
export interface CaseInput extends XendGuest {
  readonly host: XendHost & CaseScript & { readonly clock: XendClock };
  readonly queries: {
    readonly availableMemoryKib: readonly number[];
    /** Pairs of configured shadow memory and maximum memory. */
    readonly shadowMemoryKib: readonly (readonly [number, number])[];
  };
}

/** One effect, in the order in which it happened. */
export type Effect =
  | { readonly kind: 'storeVm'; readonly entries: readonly (readonly [string, Json])[]; readonly aborted?: true }
  | {
      readonly kind: 'permissionsVm';
      readonly path: string;
      readonly permissions: readonly { readonly dom: number; readonly read?: boolean; readonly write?: boolean }[];
    }
  | {
      readonly kind: 'xsStore';
      readonly path: string;
      readonly entries: readonly (readonly [string, Json])[];
      readonly aborted?: true;
    }
  | {
      readonly kind: 'xc';
      readonly method: string;
      readonly args?: readonly Json[];
      readonly kwargs?: Dict;
      readonly result?: Json;
      readonly raises?: readonly Json[];
    }
  | { readonly kind: 'warning'; readonly message: string }
  | { readonly kind: 'unlink'; readonly path: string };

/** How a step of the original failed. */
export interface CaseFailure {
  /** `VmError`, `HVMRequired`, `xc.Error`, or the name of an exception of Python's own. */
  readonly class: string;
  readonly message: string;
  readonly builtin?: true;
  /** Of an `xc.Error`. */
  readonly args?: readonly Json[];
}

/** A step's effects, and its failure where it failed; what it had done before stays done. */
export interface CaseStep {
  readonly effects: readonly Effect[];
  readonly error?: CaseFailure;
}

/** Memory figures of a case, KiB. */
export interface CaseMemory {
  readonly requiredAvailableKib: readonly number[];
  readonly requiredInitialReservationKib: number;
  readonly requiredMaximumReservationKib: number;
  readonly requiredShadowKib: readonly number[];
}

/** A case's device model. */
export interface CaseDeviceModel {
  readonly spawns: boolean;
  /** With argv[0], which is `null` where there is no device model. */
  readonly argvCreate: readonly Json[];
  readonly argvRestore: readonly Json[];
  readonly env: Readonly<Record<string, Json>> | null;
}

/** CPUID maps that a handler holds after a step; absent where it has none. */
export interface CaseCpuid {
  readonly cpuid?: CpuidMap;
  readonly cpuidCheck?: CpuidMap;
}

/** What the original did with a case's input. */
export interface CaseOutput {
  readonly construct: CaseStep;
  readonly memory?: CaseMemory;
  readonly deviceModel?: CaseDeviceModel;
  readonly createImage?: CaseStep & CaseCpuid & { readonly result?: Dict };
  readonly cleanupBootloading?: CaseStep;
  readonly setCpuid?: CaseStep & CaseCpuid;
}

/** A recorded case. */
export interface Case {
  readonly id: string;
  readonly input: CaseInput;
  readonly output: CaseOutput;
}
