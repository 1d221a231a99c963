import { specError, type SpecSource } from './source.js';
import { clip, splitPairs, unknownKey, type SpecPair } from './pairs.js';
import { parseMac } from './mac.js';
import { parseRate, type VifRate } from './rate.js';

/** A network interface as a `vif` specification has it; what it does not say is absent. */
export interface VifSpec {
  /** In lower case. */
  readonly mac?: string;
  readonly bridge?: string;
  readonly model?: string;
  /** `ioemu`: emulated, and paravirtual beside it; `vif`: paravirtual alone (xm: `netfront`, `paravirtualised`). */
  readonly type?: 'ioemu' | 'vif';
  readonly script?: string;
  readonly ip?: string;
  /** The domain that the backend runs in. */
  readonly backend?: string;
  readonly rate?: VifRate;
  readonly vifname?: string;
  /** `gatewaydev`, or by its old name `netdev`. */
  readonly gatewaydev?: string;
  readonly devid?: number;
  readonly mtu?: number;
  /** Whether the frontend is told to trust the backend. */
  readonly trusted?: boolean;
  /** What was said, in order: spellings, and the keys that are only carried (`accel`, `policy`, `label`, COLO's). */
  readonly pairs: readonly SpecPair[];
}

const TEXTS = ['bridge', 'model', 'script', 'ip', 'backend', 'vifname', 'gatewaydev'] as const;
const CARRIED = ['accel', 'policy', 'label', 'forwarddev'];
const TYPES: Readonly<Record<string, 'ioemu' | 'vif'>> = {
  ioemu: 'ioemu',
  vif: 'vif',
  netfront: 'vif',
  paravirtualised: 'vif',
};
const KNOWN = ['mac', 'type', 'rate', 'netdev', 'devid', 'mtu', 'trusted', 'untrusted', ...TEXTS, ...CARRIED];

/**
 * Reads a `vif` specification of xl-network-configuration(5) or xm: `key=value` and flags, separated by commas; empty for
 * an interface of which nothing is said. A key that is given twice takes the later value.
 *
 * @throws XenImageError `CONFIG_VIF`; `CONFIG_MAC` for the address
 */
export function parseVif(source: SpecSource): VifSpec {
  const pairs = splitPairs(source);
  const spec: { -readonly [K in keyof VifSpec]?: VifSpec[K] } = {};
  for (const pair of pairs) {
    const { key, value, keyOffset, valueOffset } = pair;
    if (key === 'trusted' || key === 'untrusted') {
      if (value !== null)
        throw specError('CONFIG_VIF', `\`${key}\` takes no value`, source, valueOffset, `write ${key}`);
      spec.trusted = key === 'trusted';
    } else if (value === null && (KNOWN.includes(key) || key.startsWith('colo_'))) {
      throw specError('CONFIG_VIF', `\`${clip(key)}\` has no value`, source, keyOffset, `write ${key}=…`);
    } else if (value === null) {
      throw unknownKey('CONFIG_VIF', 'a vif', pair, KNOWN, source);
    } else if (key === 'mac') {
      spec.mac = parseMac(source, valueOffset, value.length);
    } else if (key === 'type') {
      const type = Object.hasOwn(TYPES, value) ? TYPES[value] : undefined;
      if (type === undefined) {
        throw specError(
          'CONFIG_VIF',
          `type=${clip(value)} is no kind of vif`,
          source,
          valueOffset,
          'write ioemu or vif',
        );
      }
      spec.type = type;
    } else if (key === 'rate') {
      spec.rate = parseRate(value, source, valueOffset);
    } else if (key === 'devid' || key === 'mtu') {
      if (!/^[0-9]{1,9}$/.test(value)) {
        throw specError('CONFIG_VIF', `${key}=${clip(value)} is no number`, source, valueOffset);
      }
      spec[key] = Number(value);
    } else if (key === 'netdev') {
      spec.gatewaydev = value;
    } else if ((TEXTS as readonly string[]).includes(key)) {
      spec[key as (typeof TEXTS)[number]] = value;
    } else if (!CARRIED.includes(key) && !/^colo_[a-z0-9_]+$/.test(key)) {
      throw unknownKey('CONFIG_VIF', 'a vif', pair, KNOWN, source);
    }
  }
  return { ...spec, pairs };
}
