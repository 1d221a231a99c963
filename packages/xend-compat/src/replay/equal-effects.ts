import type { Effect } from './case.js';
import { same, sameText, type Mismatch } from './equal.js';

/** How much of the recorded effects must have happened here. */
export type Extent = 'all' | 'prefix' | 'none';

/** Whether an effect is an effect: asking for the hypervisor's capabilities is not. */
function counts(effect: Effect): boolean {
  return !(effect.kind === 'xc' && effect.method === 'xeninfo');
}

/**
 * The first effect that is not as recorded, in order. A `prefix` may end early, and never goes beyond what was recorded;
 * a transaction that the original aborted is nothing to be equal to.
 */
export function differingEffects(
  expected: readonly Effect[],
  actual: readonly Effect[],
  extent: Extent,
): Mismatch | undefined {
  if (extent === 'none') return actual.length === 0 ? undefined : mismatch(0, undefined, actual[0]);
  let index = 0;
  for (const effect of expected) {
    if (!counts(effect)) continue;
    if (index === actual.length) return extent === 'prefix' ? undefined : mismatch(index, effect, undefined);
    if (!sameEffect(effect, actual[index])) return mismatch(index, effect, actual[index]);
    index++;
  }
  return index === actual.length ? undefined : mismatch(index, undefined, actual[index]);
}

function mismatch(index: number, expected: Effect | undefined, actual: Effect | undefined): Mismatch {
  return { path: `effects[${index}]`, expected, actual };
}

function sameEffect(expected: Effect, actual: Effect | undefined): boolean {
  if (actual?.kind !== expected.kind) return false;
  switch (expected.kind) {
    case 'storeVm':
      return expected.aborted !== true && sameEntries(expected.entries, (actual as typeof expected).entries);
    case 'xsStore':
      return (
        expected.aborted !== true &&
        expected.path === (actual as typeof expected).path &&
        sameEntries(expected.entries, (actual as typeof expected).entries)
      );
    case 'permissionsVm':
      return (
        expected.path === (actual as typeof expected).path &&
        same(expected.permissions, (actual as typeof expected).permissions)
      );
    case 'xc':
      return sameCall(expected, actual as typeof expected);
    case 'warning':
      return expected.message === (actual as typeof expected).message;
    case 'unlink':
      return expected.path === (actual as typeof expected).path;
    default:
      return false;
  }
}

type Entries = Extract<Effect, { kind: 'storeVm' }>['entries'];

/** Nodes hold texts: a number was written in decimal. */
function sameEntries(expected: Entries, actual: Entries): boolean {
  if (expected.length !== actual.length) return false;
  for (let index = 0; index < expected.length; index++) {
    const wanted = expected[index];
    const found = actual[index];
    if (wanted === undefined || found === undefined) return false;
    if (wanted[0] !== found[0] || !sameText(wanted[1], found[1])) return false;
  }
  return true;
}

type Call = Extract<Effect, { kind: 'xc' }>;

function sameCall(expected: Call, actual: Call): boolean {
  return (
    expected.method === actual.method &&
    same(expected.args, actual.args) &&
    same(expected.kwargs, actual.kwargs) &&
    same(expected.raises, actual.raises) &&
    same(expected.result, actual.result)
  );
}
