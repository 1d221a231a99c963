import { domainLimit, figure, maximumReservation, targetReservation } from '@xen-image/core/plugin';

/**
 * The memory figures of a guest, in KiB. Each has a formula over its inputs that a reader can work out; no bit operators,
 * which stop at 2 TiB.
 *
 * @param {import('@xen-image/core/plugin').HandlerInput} input
 * @returns {import('@xen-image/core/plugin').MemoryMath}
 */
export function memory(input) {
  // TODO: what must be free for a guest of so much memory, beyond the memory itself.
  const available = (memoryKib) => figure('available', memoryKib, 'memoryKib', { memoryKib });
  return {
    available,
    // What the build populates, and what it makes room for.
    initialReservation: targetReservation(input),
    maximumReservation: maximumReservation(input),
    // TODO: the pool for page tables, for a configured size and a maximum: `(shadowKib, maxmemKib) => …`. An HVM container
    // needs one, if none is configured 4 * (256 * vcpus + floor(maxmemKib / 1024)), by `input.config.vcpus.maximum`.
    shadow: () => figure('shadow', 0, '0', {}),
    // The most that the domain may hold: the profile's policy has the slack.
    maxMemory: domainLimit(input, available),
  };
}
