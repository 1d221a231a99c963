import type { ForeignType } from '@xen-image/ffi';
import type { AbiTable } from '../abi/table.js';
import { CALLS, IA64_CALLS, type CallName } from '../calls/signatures.js';

const WORDS: Readonly<Record<ForeignType, string>> = {
  void: 'void',
  bool: 'uint8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
  long: 'int64',
  ulong: 'uint64',
  size_t: 'uint64',
  pointer: 'pointer',
  string: 'pointer',
};

/** A call's prototype as the ABI tables spell it: `int32(pointer,uint32)`. */
export function prototypeOf(name: CallName): string {
  const { result, args } = CALLS[name];
  return `${WORDS[result]}(${args.map((type) => WORDS[type]).join(',')})`;
}

/**
 * Whether a call, made as it is declared here, is what the libraries of this table expect.
 *
 * Releases of one minor version may differ by arguments that were added at the end: `xc_cpuid_apply_policy` got its `msr`
 * in 4.16.5 and 4.17.2 under the same soname, and nothing in the library tells which it is. The longest list is then
 * what is passed, with NULL for what was added. On x86-64 the caller cleans up and a function does not look beyond its
 * own arguments, so the shorter one takes no notice.
 */
export function prototypeMatches(abi: AbiTable, name: CallName): boolean {
  if (name in IA64_CALLS) return true;
  const known = abi.functions[name];
  if (known === undefined) return false;
  const mine = prototypeOf(name);
  const longest = known.reduce((one, other) => (other.length > one.length ? other : one));
  return mine === longest && known.every((prototype) => mine.startsWith(prototype.slice(0, -1)));
}
