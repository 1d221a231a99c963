/**
 * Characters that a terminal acts on instead of showing them, or that change how others are shown: controls (ESC among
 * them, and the one-byte CSI of C1), formatting such as bidirectional overrides, line and paragraph separators, halves
 * of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** A text on one line with nothing in it that a terminal would act on: such characters show as `\x1b`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** JSON text in which those characters are escaped, too: JSON itself lets all but C0 controls through. */
export function visibleJson(value: unknown, indent = 2): string {
  const text = JSON.stringify(value, jsonValue, indent);
  // Outside strings JSON text has line feeds alone, and inside them none.
  return text.replace(UNPRINTABLE, (char) => {
    if (char === '\n') return char;
    let units = '';
    for (let at = 0; at < char.length; at++) units += `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`;
    return units;
  });
}

/** A bigint in decimal, as text: JSON numbers are not exact beyond 2^53. */
function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
