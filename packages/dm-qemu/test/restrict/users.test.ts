import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ownUid, RANGE_BASE, userFor } from '../../src/restrict/users.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-users-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The files of a machine with these lines. */
function files({
  passwd = [],
  group = [],
  subuid = [],
}: { passwd?: readonly string[]; group?: readonly string[]; subuid?: readonly string[] } = {}) {
  const subordinate = [join(directory, 'subuid'), join(directory, 'subgid')];
  const places = { passwd: join(directory, 'passwd'), group: join(directory, 'group'), subordinate };
  writeFileSync(join(directory, 'subuid'), ['# ranges', ...subuid, ''].join('\n'));
  writeFileSync(places.passwd, ['root:x:0:0:root:/root:/bin/sh', ...passwd, ''].join('\n'));
  writeFileSync(places.group, ['root:x:0:', ...group, ''].join('\n'));
  return places;
}

const BASE = `${RANGE_BASE}:x:131072:140::/nonexistent:/usr/sbin/nologin`;

describe('the user of a device model', () => {
  it('is its domain’s own, with a group of the same number', () => {
    expect(userFor(7, undefined, files())).toBe('2046820359:2046820359');
  });

  it('is taken from the range that was set aside for libxl', () => {
    expect(userFor(7, undefined, files({ passwd: [BASE] }))).toBe('131079:131079');
  });

  it('is another for each domid, never root, and what was found is found again', () => {
    const places = files({ passwd: [BASE] });
    const domid = fc.integer({ min: 1, max: 0x7fef });
    fc.assert(
      fc.property(domid, domid, (one, other) => {
        const uid = ownUid(one, { userFiles: places });
        expect(uid).toBeGreaterThan(0);
        expect(userFor(one, undefined, places)).toBe(`${uid ?? ''}:${uid ?? ''}`);
        if (one !== other) expect(ownUid(other, { userFiles: places })).not.toBe(uid);
      }),
    );
  });

  it('is said as a sum while there is no domain', () => {
    expect(userFor('<domid>', undefined, files())).toBe('2046820352+<domid>:2046820352+<domid>');
  });

  it.each([
    ['user', { passwd: ['eve:x:2046820359:100::/:/bin/sh'] }],
    ['group', { group: ['eve:x:2046820359:'] }],
    ['user’s range of subordinate ids', { subuid: ['bob:100000:65536', 'eve:2046820000:65536'] }],
    ['user’s, as Debian gives them,', { passwd: [BASE], subuid: ['eve:100000:65536'] }],
  ])('is refused where the number is a %s’s already', (_what, lines) => {
    expect(() => userFor(7, undefined, files(lines))).toThrow(
      expect.objectContaining({ code: 'DEVICE_MODEL_USER', message: expect.stringContaining('eve') }),
    );
    expect(ownUid(7, { userFiles: files(lines) })).toBeUndefined();
  });

  it.each([0, 0xffff_fff0])('is refused where the range begins at %i', (uid) => {
    const places = files({ passwd: [`${RANGE_BASE}:x:${uid}:1::/:/bin/false`] });
    expect(() => userFor(7, undefined, places)).toThrow(expect.objectContaining({ code: 'DEVICE_MODEL_USER' }));
  });

  it('is the one that the configuration names, with its group', () => {
    const places = files({ passwd: ['dm-web:x:990:980::/:/bin/false'] });
    expect(userFor(7, 'dm-web', places)).toBe('990:980');
  });

  it.each([
    ['is none', 'nobody-here'],
    ['is root by another name', 'toor'],
    ['is in the group of root', 'wheel'],
    ['is a number', '990'],
  ])('is refused where the one that is named %s', (_what, name) => {
    const places = files({
      passwd: ['toor:x:0:7::/:/bin/sh', 'wheel:x:7:0::/:/bin/sh', 'dm-web:x:990:980::/:/bin/false'],
    });
    expect(() => userFor(7, name, places)).toThrow(expect.objectContaining({ code: 'DEVICE_MODEL_USER' }));
  });

  it('is found on a machine without such files, and not where they cannot be read', () => {
    const none = { passwd: join(directory, 'none'), group: join(directory, 'none') };
    expect(userFor(1, undefined, none)).toBe('2046820353:2046820353');
    expect(() => userFor(1, undefined, { ...none, passwd: directory })).toThrow(
      expect.objectContaining({ code: 'SYSTEM_CALL_FAILED', errno: 'EISDIR' }),
    );
  });
});
