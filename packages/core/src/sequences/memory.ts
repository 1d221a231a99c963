import type { HandlerInput } from '../contract/handler.js';
import type { Figure, MemoryMath } from '../contract/memory.js';
import { figure, wholeMib } from './figures.js';

const KIB_PER_MIB = 1024;

/** Video RAM of a guest, KiB. */
export function videoRamKib({ config }: HandlerInput): number {
  return config.platform.videoRamMib.value * KIB_PER_MIB;
}

/** What a PV build populates: the target. */
export function targetReservation({ config }: HandlerInput): Figure {
  const { targetKib } = config.memory;
  return figure('initialReservation', targetKib, 'targetKib', { targetKib });
}

/** What a PV build makes room for: the maximum. */
export function maximumReservation({ config }: HandlerInput): Figure {
  const { maximumKib } = config.memory;
  return figure('maximumReservation', maximumKib, 'maximumKib', { maximumKib });
}

/**
 * What must be available for a PV guest: its memory, and under some policies the video RAM of the guest that a stub
 * domain emulates devices for. A stub domain is known by its kernel's path.
 */
export function availableForLinux(input: HandlerInput, memoryKib: number): Figure {
  const { config, policy } = input;
  if (policy.memory.stubdomVideoRam && config.boot.kernel.value?.includes('stubdom') === true) {
    const videoKib = videoRamKib(input);
    return figure('available', memoryKib + videoKib, 'memoryKib + videoKib', { memoryKib, videoKib });
  }
  return figure('available', memoryKib, 'memoryKib', { memoryKib });
}

/** The paging pool of a guest that has none. */
export function noPagingPool(): Figure {
  return figure('shadow', 0, '0', {});
}

/** The limit of a domain: the target and a slack, or what must be available for the maximum, as the policy has it. */
export function domainLimit({ config, policy }: HandlerInput, available: MemoryMath['available']): Figure {
  const { targetKib, maximumKib } = config.memory;
  const slackKib = policy.memory.maxMemorySlackKib;
  if (slackKib !== null) {
    return figure('maxMemory', targetKib + slackKib, 'targetKib + slackKib', { targetKib, slackKib });
  }
  const { value, formula, inputs } = available(maximumKib);
  return figure('maxMemory', value, formula, inputs);
}

/** The memory figures of a PV guest, whatever its arch; a handler adds what its own arch needs. */
export function linuxMemory(input: HandlerInput): MemoryMath {
  const available = (memoryKib: number): Figure => availableForLinux(input, memoryKib);
  return {
    available,
    initialReservation: targetReservation(input),
    maximumReservation: maximumReservation(input),
    shadow: noPagingPool,
    maxMemory: domainLimit(input, available),
  };
}

/**
 * What an HVM build populates and makes room for, by where the policy has video RAM: on top of the configured memory,
 * or within it, so that the guest's RAM is what the video card leaves.
 */
export function withoutVideoRam(input: HandlerInput, plain: Figure): Figure {
  if (input.policy.memory.videoRam === 'on-top') return plain;
  const videoKib = videoRamKib(input);
  return figure(plain.name, plain.value - videoKib, `${plain.formula} - videoKib`, { ...plain.inputs, videoKib });
}

/** Whole MiB of a figure, as the builder is told. */
export function figureMib(kib: Figure): number {
  return wholeMib(kib.value);
}
