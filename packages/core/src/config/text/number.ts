/** A bare piece of text as a number, as text, or why it is neither. */
type BareReading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text' }
  | { readonly kind: 'problem'; readonly message: string; readonly hint: string };

/**
 * Reads unquoted digits as xl does: base 10, base 16 after `0x`, base 8 after `0` (strtol with base 0, which is also what
 * Python 2 did).
 *
 * xl takes anything that its lexer lets through (`[0-9][0-9a-fx]*`) as text and asks for a number later; so `12ab` is text
 * here too. Digits that only look like a number of another base (`08`) are refused, since one reader takes them as eight and
 * the other as nothing.
 */
export function readBare(text: string): BareReading {
  const value = wholeNumber(text);
  if (value !== undefined) {
    if (Number.isSafeInteger(value)) return { kind: 'number', value };
    return problem(`the number ${text} is too large to be held exactly`, 'put it in quotes if text is meant');
  }
  if (/^0[0-9]*$/.test(text)) {
    return problem(
      `${text} begins with 0, which means octal, and is no octal number`,
      `write ${text.replace(/^0+/, '')}`,
    );
  }
  if (/^[0-9][0-9a-fx]*$/.test(text)) return { kind: 'text' };
  if (/^(?:0x[0-9a-f]+|[0-9]+)L$/i.test(text))
    return problem(`${text} has Python’s mark for long numbers`, 'drop the L');
  if (/^[0-9]+\.[0-9]*$/.test(text))
    return problem(
      `${text} is a fraction, and settings are whole numbers`,
      `write ${text.replace(/\..*/, '')}, or quote it if text is meant`,
    );
  return problem(`${text} is no number`, `put it in quotes if text is meant: "${text}"`);
}

/** A number as strtol with base 0 reads the whole of a text; undefined if it would not take all of it. Not rounded, not limited. */
export function wholeNumber(text: string): number | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number(text);
  if (/^0[0-7]*$/.test(text)) return parseInt(text, 8);
  if (/^[1-9][0-9]*$/.test(text)) return Number(text);
  return undefined;
}

function problem(message: string, hint: string): BareReading {
  return { kind: 'problem', message, hint };
}
