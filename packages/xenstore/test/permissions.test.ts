import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatPermission, formatPermissions, parsePermission } from '../src/permissions.js';

describe('a permission', () => {
  it.each([
    ['n0', { domid: 0, read: false, write: false }],
    ['r5', { domid: 5, read: true, write: false }],
    ['w65535', { domid: 65535, read: false, write: true }],
    ['b7', { domid: 7, read: true, write: true }],
  ])('%s is a letter and a domid', (text, permission) => {
    expect(parsePermission(text)).toEqual(permission);
    expect(formatPermission(permission)).toBe(text);
    expect(formatPermission(text)).toBe(text);
  });

  it('survives being spelled and read', () => {
    const any = fc.record({ domid: fc.integer({ min: 0, max: 0xffff }), read: fc.boolean(), write: fc.boolean() });
    fc.assert(
      fc.property(any, (entry) => {
        expect(parsePermission(formatPermission(entry))).toEqual(entry);
      }),
    );
  });

  it.each(['', 'n', '5', 'x5', 'r-1', 'r65536', 'r05', 'r5 ', 'R5', 'r5\0b0'])('is not %j', (text) => {
    expect(parsePermission(text)).toBeUndefined();
    expect(() => formatPermission(text)).toThrow(expect.objectContaining({ code: 'XENSTORE_PERMISSIONS_INVALID' }));
  });

  it.each([-1, 65536, 1.5, NaN])('is not for domid %d', (domid) => {
    expect(() => formatPermission({ domid, read: true, write: true })).toThrow(/no domid/);
  });
});

describe('a list of permissions', () => {
  it('names an owner', () => {
    expect(() => formatPermissions([])).toThrow(expect.objectContaining({ code: 'XENSTORE_PERMISSIONS_INVALID' }));
    expect(formatPermissions(['n0', { domid: 3, read: true, write: false }])).toEqual(['n0', 'r3']);
  });
});
