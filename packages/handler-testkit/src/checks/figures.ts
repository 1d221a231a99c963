import type { Figure, HandlerInput, MemoryMath } from '@xen-image/core/plugin';

/** The fields of a handler's memory that are figures. */
export const FIXED = ['initialReservation', 'maximumReservation', 'maxMemory', 'memmapLimit'] as const;

/** Every figure that a handler gives for a guest; functions are asked for the guest's own sizes. */
export function figuresOf(math: MemoryMath, { config }: HandlerInput): readonly Figure[] {
  const { targetKib, maximumKib, shadowKib } = config.memory;
  return [
    ...FIXED.map((name) => math[name]).filter((figure) => figure !== undefined),
    math.available(targetKib),
    math.available(maximumKib),
    math.shadow(shadowKib, maximumKib),
    math.shadow(0, maximumKib),
  ];
}
