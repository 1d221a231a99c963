/** What one-character escapes stand for: those that xl and Python have in common. */
const SIMPLE: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** Why an escape cannot be taken, and where it stands in the quoted text. */
interface EscapeProblem {
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** One escape: its length in the source with the backslash, and the text or the byte that it stands for. */
interface Escape {
  readonly length: number;
  readonly value: string | number;
}

function readEscape(body: string, at: number): Escape | EscapeProblem {
  const next = body.charAt(at + 1);
  const simple = Object.hasOwn(SIMPLE, next) ? SIMPLE[next] : undefined;
  if (simple !== undefined) return { length: 2, value: simple };
  if (next === '\n') return { length: 2, value: '' };
  if (next === '\r') return { length: body.charAt(at + 2) === '\n' ? 3 : 2, value: '' };
  if (next === 'x') {
    const digits = /^[0-9a-f]{2}/i.exec(body.slice(at + 2, at + 4));
    if (digits === null) {
      return {
        offset: at,
        message: 'two hexadecimal digits are missing after \\x',
        hint: 'as in \\x1b; a backslash itself is written \\\\',
      };
    }
    return byteEscape(at, 4, parseInt(digits[0], 16));
  }
  const octal = /^[0-7]{1,3}/.exec(body.slice(at + 1, at + 4));
  if (octal !== null) return byteEscape(at, 1 + octal[0].length, parseInt(octal[0], 8));
  return {
    offset: at,
    message: `\\${next} is no escape`,
    hint: 'a backslash itself is written \\\\',
  };
}

function byteEscape(at: number, length: number, value: number): Escape | EscapeProblem {
  if (value === 0)
    return { offset: at, message: 'a NUL character in text', hint: 'no setting of a guest can hold one' };
  if (value > 255)
    return { offset: at, message: 'an octal escape stands for at most \\377', hint: 'use three digits or fewer' };
  return { length, value };
}

/**
 * Resolves the escapes of quoted text.
 *
 * The escapes are those that mean the same to xl (libxlu_cfg.c) and to Python: `\\ \' \" \a \b \f \n \r \t \v`, `\xHH` and
 * octal `\O` to `\OOO`; further Python's backslash before a line end, which joins the lines. `\xHH` and octal stand for a
 * byte (as in both), so that `\xc3\xa9` is one letter in UTF-8; xl 4.17 drops them by a defect. A backslash before
 * anything else is refused as xl does; Python kept it. `\u` and `\N` were never escapes in xm's strings.
 *
 * @param body - what stands between the quotes
 */
export function resolveEscapes(body: string): string | EscapeProblem {
  const parts: string[] = [];
  let bytes: number[] = [];
  let bytesAt = 0;
  let from = 0;
  const flush = (): EscapeProblem | undefined => {
    if (bytes.length === 0) return undefined;
    try {
      parts.push(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes)));
    } catch {
      return { offset: bytesAt, message: 'these escaped bytes are not UTF-8', hint: 'write the character itself' };
    }
    bytes = [];
    return undefined;
  };
  for (let at = body.indexOf('\\'); at !== -1; at = body.indexOf('\\', from)) {
    if (at > from) {
      const problem = flush();
      if (problem !== undefined) return problem;
      parts.push(body.slice(from, at));
    }
    const escape = readEscape(body, at);
    if ('message' in escape) return escape;
    if (typeof escape.value === 'number') {
      if (bytes.length === 0) bytesAt = at;
      bytes.push(escape.value);
    } else {
      const problem = flush();
      if (problem !== undefined) return problem;
      parts.push(escape.value);
    }
    from = at + escape.length;
  }
  const problem = flush();
  if (problem !== undefined) return problem;
  parts.push(body.slice(from));
  return parts.join('');
}
