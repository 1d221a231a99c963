import { describe, expect, it } from '@jest/globals';
import type { Memory, PhysicalMemory } from '../../src/contract/ports/memory.js';
import { XenImageError } from '../../src/errors.js';
import { takeFreeMemory, waitForFreeMemory } from '../../src/lifecycle/free-memory.js';

/** A host whose answers are given one after the other; the last stays. */
function host(...answers: Partial<PhysicalMemory>[]): Memory {
  let asked = 0;
  return {
    physical: async () => ({
      totalKib: 1000,
      freeKib: 0,
      scrubbingKib: 0,
      claimedKib: 0,
      ...answers[Math.min(asked++, answers.length - 1)],
    }),
  } as unknown as Memory;
}

const noSleep = async () => undefined;

describe('waiting for free memory', () => {
  it('is over at once where there is enough', async () => {
    await expect(waitForFreeMemory(host({ freeKib: 100 }), 100, undefined, noSleep)).resolves.toBeUndefined();
  });

  it('waits as long as pages are being scrubbed', async () => {
    const scrubbing = host({ freeKib: 10, scrubbingKib: 90 }, { freeKib: 60, scrubbingKib: 40 }, { freeKib: 100 });
    await expect(waitForFreeMemory(scrubbing, 100, undefined, noSleep)).resolves.toBeUndefined();
  });

  it('does not wait for what will not come, and says what is missing', async () => {
    await expect(
      waitForFreeMemory(host({ freeKib: 40, scrubbingKib: 20 }), 100, undefined, noSleep),
    ).rejects.toMatchObject({
      code: 'MEMORY_SHORT',
      message: 'not enough free memory: 100 KiB are needed, 40 KiB are free',
      hint: expect.stringContaining('Free 60 KiB'),
    });
  });

  it('does not wait for a figure that is no number', async () => {
    const sleep = () => Promise.reject(new Error('waited'));
    await expect(waitForFreeMemory(host({ freeKib: 100 }), Number.NaN, undefined, sleep)).rejects.toMatchObject({
      code: 'MEMORY_SHORT',
    });
  });

  it('does not count what another domain has claimed', async () => {
    await expect(
      waitForFreeMemory(host({ freeKib: 100, claimedKib: 30 }), 100, undefined, noSleep),
    ).rejects.toMatchObject({
      code: 'MEMORY_SHORT',
      data: { neededKib: 100, freeKib: 70 },
    });
  });

  it('gives up on a scrubber that does not get on', async () => {
    await expect(
      waitForFreeMemory(host({ freeKib: 40, scrubbingKib: 90 }), 100, undefined, noSleep),
    ).rejects.toMatchObject({ code: 'MEMORY_SHORT' });
  });

  it('ends when it is asked to', async () => {
    await expect(waitForFreeMemory(host({}), 100, AbortSignal.abort(), noSleep)).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});

describe('taking memory that was free', () => {
  const refusal = (errno: string) => async () => {
    throw new XenImageError('HYPERVISOR_CALL_FAILED', 'no', { call: 'xc_domain_claim_pages', errno });
  };

  it('says that memory is short where another toolstack was quicker', async () => {
    await expect(takeFreeMemory(host({ freeKib: 90, claimedKib: 60 }), 100, refusal('ENOMEM'))).rejects.toMatchObject({
      code: 'MEMORY_SHORT',
      message:
        'not enough free memory: 100 KiB are needed, 30 KiB are free (60 KiB more are claimed by domains being built)',
      call: 'xc_domain_claim_pages',
      errno: 'ENOMEM',
      hint: expect.stringContaining('Free 70 KiB'),
    });
  });

  it('says to try again where the memory is free again by then', async () => {
    await expect(takeFreeMemory(host({ freeKib: 100 }), 100, refusal('ENOMEM'))).rejects.toMatchObject({
      code: 'MEMORY_SHORT',
      hint: expect.stringContaining('Try again'),
    });
  });

  it('hands on every other failure as it is', async () => {
    await expect(takeFreeMemory(host({}), 100, refusal('EPERM'))).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      errno: 'EPERM',
    });
  });
});
