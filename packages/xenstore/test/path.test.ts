import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkPath, isBelow } from '../src/path.js';

function reason(path: string, kind: 'node' | 'special' = 'node'): unknown {
  try {
    checkPath(path, kind);
  } catch (error) {
    expect(error).toMatchObject({ name: 'XenImageError', code: 'XENSTORE_PATH_INVALID' });
    return (error as { data: { reason: string } }).data.reason;
  }
  return undefined;
}

describe('a path', () => {
  it.each(['/', '/a', '/local/domain/3/device/vif/0', '/vm/2b4d-1', 'memory/target', '/a@b', '/A_b-c/9'])(
    'may be %s',
    (path) => {
      expect(reason(path)).toBeUndefined();
    },
  );

  it.each([
    ['', 'it is empty'],
    ['/a\0b', 'it contains a NUL byte'],
    ['//', 'it has a doubled slash'],
    ['/a//b', 'it has a doubled slash'],
    ['/a/', 'it ends with a slash'],
    ['/a b', 'it contains " "'],
    ['/a.b', 'it contains "."'],
    ['/a\nb', 'it contains "\\n"'],
    ['/ü', 'it contains "ü"'],
    ['/a:b', 'it contains ":"'],
    ['@releaseDomain', 'a special path can only be watched or given permissions'],
  ])('may not be %j: %s', (path, why) => {
    expect(reason(path)).toBe(why);
  });

  it('may have 3072 bytes, or 2048 where it is relative', () => {
    expect(reason(`/${'a'.repeat(3071)}`)).toBeUndefined();
    expect(reason(`/${'a'.repeat(3072)}`)).toBe('it is longer than 3072 bytes');
    expect(reason('a'.repeat(2048))).toBeUndefined();
    expect(reason('a'.repeat(2049))).toBe('it is longer than 2048 bytes');
  });

  it('may be special where that is said', () => {
    expect(reason('@introduceDomain', 'special')).toBeUndefined();
    expect(reason('@releaseDomain/7', 'special')).toBeUndefined();
    expect(reason('/a', 'special')).toBeUndefined();
    expect(reason('@', 'special')).toBeDefined();
    expect(reason('@a b', 'special')).toBe('it contains " "');
  });

  it('is a string', () => {
    expect(() => {
      checkPath(7 as unknown as string, 'node');
    }).toThrow(TypeError);
  });

  it('holds nothing but its characters, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 30 }), (text) => {
        if (reason(`/${text}`) === undefined) expect(`/${text}`).toMatch(/^\/$|^(\/[A-Za-z0-9_@-]+)+$/);
      }),
    );
  });

  it('is refused without the text of the refusal growing with it', () => {
    let message = '';
    try {
      checkPath('\u001b'.repeat(10_000_000), 'node');
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message.length).toBeLessThan(700);
    expect(message).not.toContain('\u001b');
  });
});

describe('below a path', () => {
  it('is the path itself and what has it and a slash before', () => {
    expect(isBelow('/a', '/a')).toBe(true);
    expect(isBelow('/a/b', '/a')).toBe(true);
    expect(isBelow('/ab', '/a')).toBe(false);
    expect(isBelow('/', '/a')).toBe(false);
    expect(isBelow('/x/y', '/')).toBe(true);
    expect(isBelow('@releaseDomain/3', '@releaseDomain')).toBe(true);
  });
});
