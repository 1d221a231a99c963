import { describe, expect, it } from '@jest/globals';
import {
  MAX_CONFIG_BYTES,
  checkConfigSize,
  decodeConfigBytes,
  parseConfigText,
} from '../../../src/config/text/index.js';
import { refusalOf } from './helpers.js';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

describe('decodeConfigBytes', () => {
  it('reads UTF-8, with and without a byte order mark', () => {
    expect(decodeConfigBytes(bytes('name = "é"'))).toBe('name = "é"');
    expect(decodeConfigBytes(bytes([0xef, 0xbb, 0xbf], 'name = "x"'))).toBe('name = "x"');
  });

  it('says where Latin-1 begins, and how to convert it', () => {
    const error = refusalOf(() => decodeConfigBytes(bytes('# ok \u{1F600} é\n# f', [0xfc], 'r\n'), 'g.cfg'));
    expect(error).toMatchObject({
      code: 'CONFIG_NOT_TEXT',
      message: 'the text is not UTF-8',
      position: { line: 2, column: 4, file: 'g.cfg' },
    });
    expect(error.hint).toContain('iconv');
  });

  it('is not misled by a replacement character in the file itself', () => {
    const error = refusalOf(() => decodeConfigBytes(bytes('# \ufffd\n', [0xff])));
    expect(error.position).toEqual({ line: 2, column: 1 });
  });

  it('calls binary data binary data', () => {
    const elf = bytes('\x7fELF', [2, 1, 1, 0, 0, 0, 0xff, 0xfe]);
    expect(refusalOf(() => decodeConfigBytes(elf, 'vmlinuz')).message).toBe('vmlinuz is binary data, not a text file');
  });

  it('refuses a file over the limit before looking into it', () => {
    const error = refusalOf(() => decodeConfigBytes(new Uint8Array(MAX_CONFIG_BYTES + 1), 'disk.img'));
    expect(error).toMatchObject({ code: 'CONFIG_TOO_LARGE', data: { bytes: MAX_CONFIG_BYTES + 1 } });
    expect(error.message).toMatch(/^disk\.img is 16777217 bytes long/);
  });

  it('lets a size be checked without the file', () => {
    expect(() => {
      checkConfigSize(MAX_CONFIG_BYTES);
    }).not.toThrow();
    expect(
      refusalOf(() => {
        checkConfigSize(100e6, 'disk.img');
      }).code,
    ).toBe('CONFIG_TOO_LARGE');
  });
});

describe('parseConfigText on what is no text', () => {
  const junk: [what: string, text: string, line: number, column: number, message: RegExp][] = [
    ['NUL', 'a = 1\nb = "\0"', 2, 6, /NUL character: this is binary data/],
    ['a control character', 'a = "\x1b"', 1, 6, /control character \(U\+001B\)/],
    ['DEL in a comment', '# \x7f', 1, 3, /U\+007F/],
    ['half a surrogate pair', 'a = "\ud800"', 1, 6, /half a surrogate pair/],
    ['NUL after line ends of all kinds', '\r\n\r\n\n\0', 4, 1, /NUL/],
  ];
  it.each(junk)('%s', (_what, text, line, column, message) => {
    const error = refusalOf(() => parseConfigText(text));
    expect(error.code).toBe('CONFIG_NOT_TEXT');
    expect(error.message).toMatch(message);
    expect(error.position).toEqual({ line, column });
    expect(error.said?.join('')).not.toMatch(/[\x00-\x1f\x7f]/);
  });

  it('more than the limit', () => {
    expect(refusalOf(() => parseConfigText(' '.repeat(MAX_CONFIG_BYTES + 1))).code).toBe('CONFIG_TOO_LARGE');
  });
});
