import type { DomainConfig } from '../config/domain-config.js';
import { XenImageError } from '../errors.js';

/**
 * Refuses figures of a configuration that no hypercall could carry. A profile's reader looks at each where it stands in the text;
 * a configuration that a program made comes here as it is.
 *
 * @throws XenImageError `CONFIG_VALUE`
 */
export function requireFigures({ name, vcpus, memory }: DomainConfig): void {
  const figures = [
    ['vcpus.maximum', vcpus.maximum, 1],
    ['vcpus.online', vcpus.online, 0],
    ['memory.targetKib', memory.targetKib, 0],
    ['memory.maximumKib', memory.maximumKib, 0],
    ['memory.shadowKib', memory.shadowKib, 0],
  ] as const;
  for (const [what, figure, least] of figures) {
    if (Number.isSafeInteger(figure) && figure >= least) continue;
    throw new XenImageError('CONFIG_VALUE', `${what} is ${String(figure)}, and no whole number from ${least} on`, {
      phase: 'plan',
      domain: { name },
      hint: 'Whoever made this configuration has to give another figure.',
    });
  }
}
