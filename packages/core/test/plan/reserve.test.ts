import { describe, expect, it } from '@jest/globals';
import { simulated } from '../support/toolstack.js';

/** What guests took of free memory on Xen 4.17 before they ran, KiB: build and device model, counted by the hypervisor. */
const TAKEN = [
  { type: 'pv', memory: 64, vcpus: 1, takenKib: 65616 },
  { type: 'pv', memory: 64, vcpus: 16, takenKib: 65816 },
  { type: 'pv', memory: 64, vcpus: 64, takenKib: 66456 },
  { type: 'pv', memory: 1024, vcpus: 1, takenKib: 1048652 },
  { type: 'hvm', memory: 128, vcpus: 1, takenKib: 133224 },
  { type: 'hvm', memory: 512, vcpus: 1, takenKib: 527464 },
  { type: 'hvm', memory: 128, vcpus: 16, takenKib: 149120 },
  { type: 'hvm', memory: 128, vcpus: 64, takenKib: 200060 },
] as const;

describe('the free memory that a plan asks for', () => {
  it.each(TAKEN)(
    'covers what a $type guest of $memory MiB with $vcpus vcpus took, and at most 2.5 MiB more',
    async ({ type, memory, vcpus, takenKib }) => {
      const { toolstack } = simulated();
      const text = `name = "one"\ntype = "${type}"\nmemory = ${memory}\nvcpus = ${vcpus}\nkernel = "/boot/vmlinuz"\n`;
      const { value } = (await toolstack.plan({ text })).memory.freeNeeded;
      expect(value).toBeGreaterThanOrEqual(takenKib);
      expect(value).toBeLessThanOrEqual(takenKib + 2560);
    },
  );

  it('says how it is made', async () => {
    const { toolstack } = simulated();
    const text = 'name = "one"\nmemory = 64\nvcpus = 2\nkernel = "/boot/vmlinuz"\n';
    expect((await toolstack.plan({ text })).memory.freeNeeded).toMatchObject({
      value: 65536 + 1024 + 32,
      formula: 'available + pagingPool + iommuReserve + overheadKib + perVcpu * vcpus',
      inputs: { overheadKib: 1024, perVcpu: 16, vcpus: 2 },
    });
  });
});
