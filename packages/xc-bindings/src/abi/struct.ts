import { badAnswer } from '../library/bad-answer.js';
import type { FieldPlace, StructLayout } from './table.js';

/** 1 EiB of memory: more than a processor can address, and in KiB still an exact number. */
const MOST_PAGES = 2 ** 48;

/** What a field can be set to: an unsigned integer of its size, a boolean (0 or 1), or bytes that fit. */
export type FieldValue = number | bigint | boolean | Buffer;

/**
 * A struct with these fields set and all other bytes zero.
 * @throws RangeError for a value that does not fit its field
 */
export function writeStruct<F extends string>(
  layout: StructLayout<F>,
  values: Readonly<Partial<Record<F, FieldValue>>>,
): Buffer {
  const struct = Buffer.alloc(layout.size);
  for (const [field, value] of Object.entries(values) as [F, FieldValue | undefined][]) {
    if (value !== undefined) writeField(layout, struct, field, value);
  }
  return struct;
}

/** Sets a field of the struct that begins at `base`. */
export function writeField<F extends string>(
  layout: StructLayout<F>,
  struct: Buffer,
  field: F,
  value: FieldValue,
  base = 0,
): void {
  const [offset, size] = layout.fields[field];
  // Most fields are such numbers, for which no bytes of their own are made.
  if (size === 4 && typeof value === 'number' && value === value >>> 0) struct.writeUInt32LE(value, base + offset);
  else fieldBytes(field, layout.fields[field], value).copy(struct, base + offset);
}

/** An integer field of the struct that begins at `base`. */
export function readField<F extends string>(layout: StructLayout<F>, struct: Buffer, field: F, base = 0): bigint {
  const [offset, size] = layout.fields[field];
  if (size === 8) return struct.readBigUInt64LE(base + offset);
  return bytesToInteger(readBytes(layout, struct, field, base));
}

/** As {@link readField}, for what is small enough for a number. @throws XenImageError `XEN_ANSWER_INVALID` */
export function readNumber<F extends string>(layout: StructLayout<F>, struct: Buffer, field: F, base = 0): number {
  // Lists of domains have a dozen of these for each: no object is made on the way, a bigint neither.
  const place = layout.fields[field];
  const at = base + place[0];
  switch (place[1]) {
    case 1:
      return struct.readUInt8(at);
    case 2:
      return struct.readUInt16LE(at);
    case 4:
      return struct.readUInt32LE(at);
    case 8: {
      const number = readEight(struct, at);
      return number <= Number.MAX_SAFE_INTEGER ? number : toNumber(struct.readBigUInt64LE(at));
    }
    default:
      return toNumber(readField(layout, struct, field, base));
  }
}

/** The nearest number to an integer of eight bytes: that integer, up to the largest safe one. */
function readEight(struct: Buffer, at: number): number {
  return struct.readUInt32LE(at + 4) * 2 ** 32 + struct.readUInt32LE(at);
}

/** The bytes of a field of the struct that begins at `base`, as a view. */
export function readBytes<F extends string>(layout: StructLayout<F>, struct: Buffer, field: F, base = 0): Buffer {
  const [offset, size] = layout.fields[field];
  return struct.subarray(base + offset, base + offset + size);
}

/** The bytes of a field of the struct that begins at `base`, as hexadecimal digits. */
export function readHex<F extends string>(layout: StructLayout<F>, struct: Buffer, field: F, base = 0): string {
  const [offset, size] = layout.fields[field];
  return struct.toString('hex', base + offset, base + offset + size);
}

/** The text of a character array: up to the first NUL. */
export function readText(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
}

/** The bytes that a value has in a field. */
export function fieldBytes(field: string, [, size]: FieldPlace, value: FieldValue): Buffer {
  if (Buffer.isBuffer(value)) {
    if (value.length > size)
      throw new RangeError(`${String(value.length)} bytes do not fit ${field} (${String(size)})`);
    return value;
  }
  const bytes = Buffer.alloc(8);
  const integer = BigInt(value);
  if (size > 8) throw new RangeError(`${field} of ${String(size)} bytes is no integer`);
  if (integer < 0n || integer >= 1n << BigInt(size * 8)) {
    throw new RangeError(`${String(integer)} does not fit ${field} (${String(size)} bytes, unsigned)`);
  }
  bytes.writeBigUInt64LE(integer);
  return bytes.subarray(0, size);
}

/** The little-endian unsigned integer in up to 8 bytes. */
export function bytesToInteger(bytes: Buffer): bigint {
  if (bytes.length > 8) throw new RangeError(`${String(bytes.length)} bytes are no integer`);
  if (bytes.length === 8) return bytes.readBigUInt64LE();
  const wide = Buffer.alloc(8);
  bytes.copy(wide);
  return wide.readBigUInt64LE();
}

/** A number that was answered. @throws XenImageError `XEN_ANSWER_INVALID` beyond the safe integers */
export function toNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw badAnswer(`${String(value)} where a smaller number stands`);
  return Number(value);
}

/** As {@link readNumber}, for pages: in bytes, too, they are a number. */
export function readPages<F extends string>(layout: StructLayout<F>, struct: Buffer, field: F, base = 0): number {
  const place = layout.fields[field];
  const at = base + place[0];
  if (place[1] !== 8) return toPages(readField(layout, struct, field, base));
  const pages = readEight(struct, at);
  return pages <= MOST_PAGES ? pages : toPages(struct.readBigUInt64LE(at));
}

/** Pages that were answered. @throws XenImageError `XEN_ANSWER_INVALID` for more than any machine has */
export function toPages(value: bigint): number {
  if (value > BigInt(MOST_PAGES)) throw badAnswer(`${String(value)} pages`);
  return Number(value);
}
