import { describe, expect, it } from '@jest/globals';
import { whyNotTrusted } from '../../src/plugins/trust.js';

describe('a file whose code is run', () => {
  it.each([
    ['root’s, by root', { uid: 0, gid: 0, mode: 0o100644 }, 0, undefined],
    ['root’s, by a user', { uid: 0, gid: 0, mode: 0o100644 }, 1000, undefined],
    ['a user’s, by that user', { uid: 1000, gid: 1000, mode: 0o100664 }, 1000, undefined],
    ['a user’s, by root', { uid: 1000, gid: 1000, mode: 0o100644 }, 0, 'it belongs to the user with the number 1000'],
    [
      'a user’s, by another',
      { uid: 1000, gid: 0, mode: 0o100600 },
      1001,
      'it belongs to the user with the number 1000',
    ],
    ['open to all, by its owner', { uid: 1000, gid: 1000, mode: 0o100666 }, 1000, 'everybody can write it'],
    ['root’s with root’s group, by root', { uid: 0, gid: 0, mode: 0o100664 }, 0, undefined],
    [
      'root’s with another group, by root',
      { uid: 0, gid: 27, mode: 0o100664 },
      0,
      'the group with the number 27 can write it',
    ],
  ])('%s: %p', (_, ownership, user, why) => {
    expect(whyNotTrusted(ownership, user)).toBe(why);
  });
});
