import { parseCpuidLeaf, type Settings } from '@xen-image/core';
import type { CpuidMap } from '../dictionary/input.js';

/**
 * Register masks by leaf, from a list of xm's `LEAF[,SUBLEAF]:REG=MASK,…`; numbers in hexadecimal become decimal leaves
 * and masks of bits, as xend made them.
 *
 * @throws XenImageError `CONFIG_CPUID`; also for xl's one text that begins with `host`, which xend did not know
 */
export function cpuidOf(settings: Settings, key: 'cpuid' | 'cpuid_check'): CpuidMap | null {
  const value = settings.value(key);
  if (value === undefined) return null;
  if (value.kind === 'string') {
    throw settings.error(
      'CONFIG_CPUID',
      `${key} is one text, which xend did not read`,
      key,
      `write ${key} = [ "LEAF:REG=MASK", … ], or plan under the modern profile`,
    );
  }
  const map: Record<string, Record<string, string>> = {};
  for (const source of settings.sources(key)) {
    const { leaf, subleaf, masks } = parseCpuidLeaf(source);
    map[subleaf === null ? String(leaf) : `${leaf},${subleaf}`] = { ...masks };
  }
  return map;
}
