import { describe, expect, it } from '@jest/globals';
import { openPidfd } from '../src/pidfd.js';
import type { System } from '../src/system.js';

/** A kernel that refuses every pidfd. */
const refusing = (errno: string) => ({ pidfdOpen: () => ({ call: 'pidfd_open', errno }) }) as unknown as System;

describe('a pidfd that the kernel refuses', () => {
  it.each([
    ['ESRCH', 'gone'],
    // Of a pid that is still the name of a session whose leader has ended.
    ['EINVAL', 'gone'],
    ['ENOSYS', 'unsupported'],
  ])('with %s is of a process that is %s', async (errno, expected) => {
    expect(await openPidfd(refusing(errno), { pid: 4711, startTime: 1 })).toBe(expected);
  });

  it('with anything else is an error that names the pid', async () => {
    await expect(openPidfd(refusing('EMFILE'), { pid: 4711, startTime: 1 })).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
      errno: 'EMFILE',
      data: { pid: 4711 },
    });
  });
});
