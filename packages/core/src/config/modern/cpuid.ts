import type { CpuidLeaf } from '../../contract/ports/cpu-policy.js';
import { parseCpuidHost, parseCpuidLeaf } from '../text/specs/cpuid.js';
import { readTextList } from '../text/specs/scalars.js';
import type { Settings } from './settings.js';

/**
 * Reads `cpuid` or `cpuid_check` in either spelling: libxl's text (`host,sse3=0`) or the list of leaves and registers.
 *
 * @throws XenImageError `CONFIG_CPUID`
 */
export function readCpuid(settings: Settings, key: 'cpuid' | 'cpuid_check'): CpuidLeaf[] {
  const value = settings.value(key);
  if (value === undefined) return [];
  if (value.kind === 'list') return readTextList(key, value).map((source) => parseCpuidLeaf(source));
  const source = settings.source(key);
  return source === undefined ? [] : parseCpuidHost(source);
}
