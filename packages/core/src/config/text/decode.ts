import { XenImageError, type TextPosition } from '../../errors.js';
import { textError } from './errors.js';
import { MAX_CONFIG_BYTES } from './limits.js';

/** C0 controls other than tab and line ends, and DEL: none of them belongs in a text file. */
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** Half of a surrogate pair without the other; it cannot come from a file, only from a program. */
const LONE_SURROGATE = /\p{Cs}/u;

function tooLarge(bytes: number, file: string | undefined): XenImageError {
  return new XenImageError(
    'CONFIG_TOO_LARGE',
    `${file ?? 'the configuration'} is ${String(bytes)} bytes long; at most ${String(MAX_CONFIG_BYTES)} are read`,
    {
      phase: 'config',
      hint: 'give the guest’s configuration file, not its disk or kernel',
      data: { bytes, limit: MAX_CONFIG_BYTES },
    },
  );
}

/**
 * Refuses a size that is no configuration file's, before the file is read.
 *
 * @throws XenImageError `CONFIG_TOO_LARGE`
 */
export function checkConfigSize(bytes: number, file?: string): void {
  if (bytes > MAX_CONFIG_BYTES) throw tooLarge(bytes, file);
}

/** The place of a character, found by counting from the beginning; for errors only. */
function placeOf(text: string, offset: number, file: string | undefined): TextPosition {
  let line = 1;
  let start = 0;
  for (let at = 0; at < offset; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || (code === 13 && text.charCodeAt(at + 1) !== 10)) {
      line++;
      start = at + 1;
    }
  }
  return { line, column: offset - start + 1, ...(file === undefined ? {} : { file }) };
}

/**
 * The characters of a configuration file.
 *
 * The file is UTF-8, with or without a byte order mark; xl takes any bytes, and a file that is ASCII means the same to
 * both.
 *
 * @param bytes - the file's content
 * @param file - the file's name, for messages
 * @throws XenImageError `CONFIG_TOO_LARGE`, or `CONFIG_NOT_TEXT` for bytes that are not UTF-8
 */
export function decodeConfigBytes(bytes: Uint8Array, file?: string): string {
  checkConfigSize(bytes.length, file);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    const offset = firstUndecodable(bytes, text);
    const binary = bytes.includes(0);
    throw textError(
      'CONFIG_NOT_TEXT',
      binary ? `${file ?? 'the configuration'} is binary data, not a text file` : 'the text is not UTF-8',
      text,
      { offset, position: placeOf(text, offset, file) },
      binary ? 'give the guest’s configuration file' : 'convert the file: iconv -f latin1 -t utf-8 FILE',
    );
  }
}

/** The first character of `text` that the decoder put in for undecodable bytes (a file may hold U+FFFD itself). */
function firstUndecodable(bytes: Uint8Array, text: string): number {
  let byte = 0;
  for (let at = 0; at < text.length;) {
    const code = text.codePointAt(at) ?? 0;
    if (code === 0xfffd && (bytes[byte] !== 0xef || bytes[byte + 1] !== 0xbf || bytes[byte + 2] !== 0xbd)) return at;
    byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    at += code < 0x10000 ? 1 : 2;
  }
  return 0;
}

/**
 * The text itself, without a byte order mark, if it can be a configuration's.
 *
 * @throws XenImageError `CONFIG_TOO_LARGE`, or `CONFIG_NOT_TEXT` for control characters and broken surrogate pairs
 */
export function checkConfigText(text: string, file?: string): string {
  // A character takes at least one byte, and counting is cheaper than encoding.
  if (text.length > MAX_CONFIG_BYTES) throw tooLarge(text.length, file);
  const content = text.startsWith('\ufeff') ? text.slice(1) : text;
  for (const [pattern, what] of [
    [CONTROL, 'a control character'],
    [LONE_SURROGATE, 'half a surrogate pair'],
  ] as const) {
    const found = pattern.exec(content);
    if (found === null) continue;
    const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    throw textError(
      'CONFIG_NOT_TEXT',
      code === '0000' ? 'a NUL character: this is binary data, not a text file' : `${what} (U+${code}) in the text`,
      content,
      { offset: found.index, position: placeOf(content, found.index, file) },
      code === '0000'
        ? 'give the guest’s configuration file'
        : 'remove it; inside quotes an escape such as \\x1b can stand for it',
    );
  }
  return content;
}
