import type { Word } from './native.js';
import type { ForeignArgument, ForeignArgumentType, ForeignResult, ForeignType } from './types.js';

const RANGES: Readonly<Partial<Record<ForeignType, readonly [bigint, bigint]>>> = {
  uint8: [0n, 0xffn],
  int16: [-0x8000n, 0x7fffn],
  uint16: [0n, 0xffffn],
  int: [-0x8000_0000n, 0x7fff_ffffn],
  uint32: [0n, 0xffff_ffffn],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  long: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
  ulong: [0n, (1n << 64n) - 1n],
  size_t: [0n, (1n << 64n) - 1n],
  pointer: [0n, (1n << 64n) - 1n],
};

const WIDE: ReadonlySet<ForeignType> = new Set(['int64', 'uint64', 'long', 'ulong', 'size_t', 'pointer']);

/** Words for a call, and the Buffers that they point into. */
export interface Marshalled {
  readonly words: readonly Word[];
  /** Must stay reachable until the call is over. */
  readonly keep: readonly Buffer[];
}

/**
 * Turns arguments into words.
 * @throws TypeError for a wrong count or kind, RangeError for an integer that does not fit; both name the function.
 */
export function marshalArguments(
  name: string,
  types: readonly ForeignArgumentType[],
  values: readonly ForeignArgument[],
  addressOf: (buffer: Buffer) => bigint,
): Marshalled {
  if (values.length !== types.length) {
    throw new TypeError(`${name} takes ${String(types.length)} arguments, not ${String(values.length)}`);
  }
  const keep: Buffer[] = [];
  const words = types.map((type, index) => {
    const value = values[index];
    if (typeof value === 'number') {
      const word = plainWord(type, value);
      if (word !== undefined) return word;
    }
    return argumentWord(`${name}, argument ${String(index + 1)}`, type, value, keep, addressOf);
  });
  return { words, keep };
}

/** What most arguments are, without a bigint being made: a number that surely fits. */
function plainWord(type: ForeignArgumentType, value: number): Word | undefined {
  if (!Number.isSafeInteger(value)) return undefined;
  if (type === 'int') return value === (value | 0) ? value : undefined;
  if (type === 'uint32') return value === value >>> 0 ? value : undefined;
  return undefined;
}

function argumentWord(
  where: string,
  type: ForeignArgumentType,
  value: ForeignArgument | undefined,
  keep: Buffer[],
  addressOf: (buffer: Buffer) => bigint,
): Word {
  if (type === 'bool') {
    if (typeof value !== 'boolean') throw wrongKind(where, 'a boolean', value);
    return value ? 1 : 0;
  }
  if (type === 'string') {
    if (value === null) return 0n;
    if (typeof value !== 'string') throw wrongKind(where, 'a string or null', value);
    if (value.includes('\0')) throw new TypeError(`${where}: a C string cannot hold NUL: ${JSON.stringify(value)}`);
    const bytes = Buffer.from(`${value}\0`, 'utf8');
    keep.push(bytes);
    return addressOf(bytes);
  }
  if (type === 'pointer') {
    if (value === null) return 0n;
    if (Buffer.isBuffer(value)) {
      keep.push(value);
      return addressOf(value);
    }
    if (typeof value !== 'bigint') throw wrongKind(where, 'a Buffer, an address as bigint, or null', value);
  }
  return integerWord(where, type, value);
}

function integerWord(where: string, type: ForeignType, value: unknown): Word {
  const wide = WIDE.has(type);
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : !(wide && typeof value === 'bigint')) {
    throw wrongKind(where, wide ? 'a bigint or a safe integer' : 'an integer', value);
  }
  const exact = BigInt(value as number | bigint);
  const [least, most] = RANGES[type] ?? [0n, 0n];
  if (exact < least || exact > most) {
    throw new RangeError(`${where}: ${String(exact)} is not within ${type} (${String(least)} to ${String(most)})`);
  }
  return wide ? exact : Number(exact);
}

function wrongKind(where: string, wanted: string, value: unknown): TypeError {
  const given =
    value === null || ['number', 'bigint', 'boolean', 'undefined'].includes(typeof value)
      ? String(value)
      : typeof value;
  return new TypeError(`${where} must be ${wanted}, not ${given}`);
}

/** Turns the word that a call returned into its JavaScript value. */
export function unmarshalResult(
  type: ForeignType,
  word: Word | undefined,
  readString: (address: bigint) => string,
): ForeignResult {
  if (type === 'void' || word === undefined) return undefined;
  if (type === 'bool') return Number(word) !== 0;
  if (type === 'string') return BigInt(word) === 0n ? null : readString(BigInt(word));
  return WIDE.has(type) ? BigInt(word) : Number(word);
}

/**
 * Turns what a callback returned into a word.
 * @throws TypeError for a string: nobody would own its memory; RangeError as for arguments.
 */
export function callbackWord(type: ForeignType, value: unknown): Word | undefined {
  if (type === 'void') return undefined;
  if (type === 'string') throw new TypeError('a callback cannot return a string');
  if (type === 'bool') return value ? 1 : 0;
  return integerWord('callback result', type, value);
}
