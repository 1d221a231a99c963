import { clip } from './pairs.js';
import { specError, specText, type SpecSource } from './source.js';

/** The longest name, in bytes of UTF-8: a file name is made of it (`qemu-dm-NAME.log`), and those end at 255. */
export const MAX_NAME_BYTES = 200;

/**
 * Reads a domain's name. It becomes part of xenstore values, command lines and file names: not empty, no `/`, no control
 * characters, not `.` or `..`, at most {@link MAX_NAME_BYTES}. Letters of every script are fine.
 *
 * @throws XenImageError `CONFIG_NAME`
 */
export function parseDomainName(source: SpecSource): string {
  const name = specText(source);
  const fail = (message: string, offset = 0): never => {
    throw specError('CONFIG_NAME', message, source, offset, 'take letters, digits, -, _ and .');
  };
  if (name === '') fail('the domain’s name is empty');
  if (name === '.' || name === '..') fail(`a domain cannot be called \`${name}\``);
  const wrong = name.search(/[/\p{Cc}\p{Cs}\u2028\u2029]/u);
  if (wrong !== -1) {
    const character = name.charAt(wrong);
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    fail(`the domain’s name has ${character === '/' ? 'a /' : `the character U+${code}`} in it: ${clip(name)}`, wrong);
  }
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_NAME_BYTES) {
    fail(`the domain’s name is ${String(bytes)} bytes long; ${String(MAX_NAME_BYTES)} are the most`);
  }
  return name;
}
