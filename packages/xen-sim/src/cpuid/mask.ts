/** What the letters of a mask stand for, as whole registers. */
export interface MaskInput {
  /** The default policy's register: `x`. */
  readonly default: number;
  /** The processor's: `k` and `s`. */
  readonly host: number;
}

const MASK = /^[01xks]{32}$/;

/** The register that a mask makes, bit 31 first; `undefined` for a text that is no mask. */
export function applyMask(mask: string, input: MaskInput): number | undefined {
  if (!MASK.test(mask)) return undefined;
  const fallback = bitsOf(input.default);
  const host = bitsOf(input.host);
  let value = 0;
  for (let at = 0; at < mask.length; at += 1) {
    const letter = mask[at];
    const bit = letter === 'x' ? fallback[at] : letter === 'k' || letter === 's' ? host[at] : letter;
    value = value * 2 + (bit === '1' ? 1 : 0);
  }
  return value;
}

/** A register as 32 characters, bit 31 first. */
export function bitsOf(value: number): string {
  return value.toString(2).padStart(32, '0');
}
