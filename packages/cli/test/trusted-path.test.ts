import { describe, expect, it } from '@jest/globals';
import { whyNotTrusted } from '../src/trusted-path.js';

describe('what stands in a file', () => {
  const root = { uid: 0, gid: 0 };
  const alice = { uid: 1000, gid: 1000 };

  it.each([
    ['root’s, by root', { uid: 0, gid: 0, mode: 0o100644 }, root, undefined],
    ['root’s, by a user', { uid: 0, gid: 0, mode: 0o100644 }, alice, undefined],
    ['a user’s with a group of their own, by that user', { uid: 1000, gid: 1000, mode: 0o100664 }, alice, undefined],
    [
      'a user’s with another group, by that user',
      { uid: 1000, gid: 27, mode: 0o100664 },
      alice,
      'the group with the number 27 can write it',
    ],
    [
      'root’s with a user’s group, by root in that group',
      { uid: 0, gid: 1000, mode: 0o100664 },
      { uid: 0, gid: 1000 },
      'the group with the number 1000 can write it',
    ],
    [
      'a user’s, by root',
      { uid: 1000, gid: 1000, mode: 0o100644 },
      root,
      'it belongs to the user with the number 1000',
    ],
    [
      'a user’s, by another',
      { uid: 1000, gid: 0, mode: 0o100600 },
      { uid: 1001, gid: 1001 },
      'it belongs to the user with the number 1000',
    ],
    ['open to all, by its owner', { uid: 1000, gid: 1000, mode: 0o100666 }, alice, 'everybody can write it'],
    ['root’s with root’s group, by root', { uid: 0, gid: 0, mode: 0o100664 }, root, undefined],
    [
      'root’s with another group, by root',
      { uid: 0, gid: 27, mode: 0o100664 },
      root,
      'the group with the number 27 can write it',
    ],
  ])('%s: %p', (_, ownership, user, why) => {
    expect(whyNotTrusted(ownership, user)).toBe(why);
  });
});
