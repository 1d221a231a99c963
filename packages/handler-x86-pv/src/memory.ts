import { figure, linuxMemory, type HandlerInput, type MemoryMath } from '@xen-image/core/plugin';

/** Memory of an x86 PV guest: what every PV guest has, and the limit of the memory map that its kernel is shown. */
export type PvMemory = MemoryMath & Required<Pick<MemoryMath, 'memmapLimit'>>;

/** The figures of an x86 PV guest. */
export function memory(input: HandlerInput): PvMemory {
  const common = linuxMemory(input);
  const maximumKib = common.maximumReservation.value;
  const slackKib = input.policy.memory.memmapSlackKib;
  const memmapLimit = figure('memmapLimit', maximumKib + slackKib, 'maximumKib + slackKib', { maximumKib, slackKib });
  return { memmapLimit, ...common };
}
