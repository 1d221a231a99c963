import type { HandlerInput } from '../contract/handler.js';
import { XenImageError } from '../errors.js';

const SUPERPAGE_KIB = 2048;

/** Sizes around `kib` that are whole 2 MiB extents: the next smaller one, unless that is nothing, and the next larger. */
export function nearestSuperpageSizesKib(kib: number): readonly number[] {
  const below = Math.floor(kib / SUPERPAGE_KIB) * SUPERPAGE_KIB;
  return below > 0 ? [below, below + SUPERPAGE_KIB] : [SUPERPAGE_KIB];
}

/**
 * Refuses a PV guest of 2 MiB extents whose memory is not made of them. The builder of 2009 left the last entries of
 * its physical-to-machine table unset there.
 *
 * @throws XenImageError `SUPERPAGES_UNEVEN`, naming the nearest sizes that can be had
 */
export function requireWholeSuperpages({ config, policy }: HandlerInput): void {
  if (!policy.refuseUnevenSuperpages || config.boot.extents.value !== 'all2M') return;
  const { targetKib } = config.memory;
  if (targetKib > 0 && targetKib % SUPERPAGE_KIB === 0) return;
  const nearestKib = nearestSuperpageSizesKib(targetKib);
  const named = nearestKib.map((kib) => `${kib / 1024} MiB`).join(' or ');
  throw new XenImageError('SUPERPAGES_UNEVEN', `memory of ${targetKib} KiB cannot be made of 2 MiB extents alone`, {
    phase: 'plan',
    domain: { name: config.name },
    hint: `Give the guest ${named}, or leave superpages out.`,
    data: { targetKib, nearestKib },
  });
}

/**
 * Refuses a guest that asks for 2 MiB extents alone from a handler that cannot have them.
 *
 * @throws XenImageError `SUPERPAGES_UNSUPPORTED`
 */
export function refuseSuperpages({ config, policy }: HandlerInput, why: string): void {
  if (!policy.refuseUnevenSuperpages || config.boot.extents.value !== 'all2M') return;
  throw new XenImageError('SUPERPAGES_UNSUPPORTED', `the guest cannot have 2 MiB extents alone: ${why}`, {
    phase: 'plan',
    domain: { name: config.name },
    hint: 'Leave superpages out: the builder takes the largest extents that fit anyway.',
  });
}
