import type { XenImageError } from '@xen-image/core/plugin';
import type { CpuidMap, Dict } from '../dictionary/input.js';
import type { CaseDeviceModel, CaseMemory, Effect } from './case.js';

/** What a step did here. */
export interface StepOutcome {
  readonly effects: readonly Effect[];
  readonly error?: XenImageError | undefined;
}

/** What this program did with a case's input, step by step; a step that was not come to is absent. */
export interface CaseOutcome {
  readonly construct: StepOutcome;
  readonly memory?: CaseMemory;
  readonly deviceModel?: CaseDeviceModel;
  readonly createImage?: StepOutcome & BuiltImage;
  readonly cleanupBootloading: StepOutcome;
  readonly setCpuid?: (StepOutcome & KeptMaps) | undefined;
  /** Files of a bootloader that are still there at the end. */
  readonly filesLeft: readonly string[];
}

/** CPUID maps after a step. */
export interface KeptMaps {
  readonly cpuid?: CpuidMap | undefined;
  readonly cpuidCheck?: CpuidMap | undefined;
}

/** What a build hands back. */
export interface BuiltImage extends KeptMaps {
  readonly result?: Dict | undefined;
}
