import { clip } from './pairs.js';
import { specError, type SpecSource } from './source.js';

/** A limit on what an interface may send: so many bytes in each interval. */
export interface VifRate {
  readonly bytesPerInterval: number;
  readonly intervalUs: number;
}

const UINT32_MAX = 0xffff_ffffn;
const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);
const SCALES: Readonly<Record<string, bigint>> = { G: 1_000_000_000n, M: 1_000_000n, K: 1000n };
/** Microseconds; an interval without `m` or `u` is in seconds. */
const INTERVALS: Readonly<Record<string, bigint>> = { '': 1_000_000n, m: 1000n, u: 1n };

/**
 * Reads `RATE[@INTERVAL]` of a vif: bytes (`B`) or bits (`b`) with `K`, `M` or `G` per second, and an interval in `us`, `ms`
 * or `s`, 50 ms unless given (libxlu_vif.c).
 *
 * @param text - the rate alone
 * @param source - the specification it stands in
 * @param offset - where
 * @throws XenImageError `CONFIG_VIF`
 */
export function parseRate(text: string, source: SpecSource, offset: number): VifRate {
  const match = /^([0-9]{1,20})([GMK]?)([Bb])\/s(?:@([0-9]{1,20})([mu]?)s?)?$/.exec(text);
  if (match === null) {
    throw specError('CONFIG_VIF', `rate=${clip(text)} is no rate`, source, offset, 'as in 10Mb/s or 1MB/s@20ms');
  }
  const [, number = '', scale = '', unit = '', interval = '50', intervalScale = 'm'] = match;
  const count = BigInt(number);
  const intervalUs = BigInt(interval) * (INTERVALS[intervalScale] ?? 1n);
  const perSecond = (count * (SCALES[scale] ?? 1n)) / (unit === 'b' ? 8n : 1n);
  const bytesPerInterval = (perSecond * intervalUs) / 1_000_000n;
  if (
    count === 0n ||
    count > UINT32_MAX ||
    intervalUs === 0n ||
    intervalUs > UINT32_MAX ||
    bytesPerInterval > LARGEST
  ) {
    const hint = `number and microseconds go from 1 to ${String(UINT32_MAX)}`;
    throw specError('CONFIG_VIF', `rate=${clip(text)} is outside what can be set`, source, offset, hint);
  }
  return { bytesPerInterval: Number(bytesPerInterval), intervalUs: Number(intervalUs) };
}
