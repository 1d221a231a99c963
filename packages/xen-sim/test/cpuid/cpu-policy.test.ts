import { describe, expect, it } from '@jest/globals';
import type { CpuidLeaf } from '@xen-image/core';
import { DEFAULT_CPU, type CpuModel } from '../../src/index.js';
import { buildGuest, domainSpec, hvmSpec, newHost } from '../support/host.js';

const X = 'x'.repeat(32);

/** A mask with one letter at a bit and `x` elsewhere. */
function at(bit: number, letter: string): string {
  return X.slice(0, 31 - bit) + letter + X.slice(32 - bit);
}

function leaf(number: number, masks: CpuidLeaf['masks'], subleaf: number | null = null): CpuidLeaf {
  return { key: subleaf === null ? String(number) : `${number},${subleaf}`, leaf: number, subleaf, masks };
}

/** A processor with bits 0, 1 and 2 of leaf 1's ecx; PV can have the first two, and gets the first by default. */
const SMALL_CPU: CpuModel = {
  host: { '1': { eax: 5, ebx: 0, ecx: 0b111, edx: 0 }, '7,0': { eax: 0, ebx: 1, ecx: 0, edx: 0 } },
  most: { pv: { '1': { eax: 0xffff_ffff, ebx: 0, ecx: 0b011, edx: 0 } }, hvm: {} },
  hidden: { '1': { eax: 0, ebx: 0, ecx: 0b010, edx: 0 } },
};

const bits = (value: number): string => value.toString(2).padStart(32, '0');

describe('what CPUID tells a guest', () => {
  it('is the default policy: what its container can have, less what is hidden', async () => {
    const { domains, cpu } = newHost({ host: { cpu: SMALL_CPU } });
    const domid = await domains.create(domainSpec());
    await cpu.apply(domid);
    expect(await cpu.read(domid, leaf(1, {}))).toEqual({ eax: bits(5), ebx: bits(0), ecx: bits(0b001), edx: bits(0) });
  });

  const masks: [what: string, ecx: string, expected: number][] = [
    ['x leaves the default', at(1, 'x'), 0b001],
    ['1 sets what the container can have', at(1, '1'), 0b011],
    ['1 does not set what it cannot', at(2, '1'), 0b001],
    ['0 clears', at(0, '0'), 0b000],
    ['k takes what the processor has, as far as the container can', 'k'.repeat(32), 0b011],
    ['s does the same', 's'.repeat(32), 0b011],
  ];
  it.each(masks)('follows masks: %s', async (_, ecx, expected) => {
    const { domains, cpu } = newHost({ host: { cpu: SMALL_CPU } });
    const domid = await domains.create(domainSpec());
    await cpu.apply(domid, [leaf(1, { ecx })]);
    expect(await cpu.read(domid, leaf(1, { ecx }))).toEqual({ ecx: bits(expected) });
    const other = await domains.create(domainSpec());
    await cpu.apply(other);
    expect(await cpu.set(other, leaf(1, { ecx }))).toEqual({ ecx: bits(expected) });
  });

  it('begins with the default anew whenever the policy is applied', async () => {
    const { domains, cpu, simulator } = newHost();
    const domid = await domains.create(domainSpec());
    const before = await simulator.inspect();
    await cpu.apply(domid, [leaf(1, { ecx: at(0, '0') })]);
    expect(await simulator.inspect()).not.toEqual(before);
    await cpu.apply(domid);
    expect(await simulator.inspect()).toEqual(before);
  });

  it('finds a sub-leaf by its number, and all of them without one', async () => {
    const { domains, cpu } = newHost({ host: { cpu: SMALL_CPU } });
    const domid = await domains.create(domainSpec());
    expect(await cpu.read(domid, leaf(7, { ebx: X }, 0))).toEqual({ ebx: bits(1) });
    await cpu.apply(domid, [leaf(7, { ebx: at(0, '0') })]);
    expect(await cpu.read(domid, leaf(7, { ebx: X }, 0))).toEqual({ ebx: bits(0) });
  });

  it('refuses leaves that are not there and masks that are none, and keeps the policy then', async () => {
    const { domains, cpu, simulator } = newHost();
    const domid = await domains.create(domainSpec());
    await cpu.apply(domid, [leaf(1, { ecx: at(0, '0') })]);
    const before = await simulator.inspect();
    for (const wrong of [leaf(99, { eax: X }), leaf(1, { eax: 'x' }), leaf(1, { eax: at(3, 'y') })]) {
      await expect(cpu.apply(domid, [leaf(1, { edx: at(0, '0') }), wrong])).rejects.toMatchObject({
        call: 'xc_cpuid_apply_policy',
        errno: 'EINVAL',
      });
    }
    expect(await simulator.inspect()).toEqual(before);
  });

  it('is settled once the guest has run', async () => {
    const host = newHost();
    const domid = await buildGuest(host);
    await host.cpu.apply(domid);
    await host.domains.unpause(domid);
    await host.domains.pause(domid);
    await expect(host.cpu.apply(domid)).rejects.toMatchObject({ errno: 'EEXIST' });
    await expect(host.cpu.set(domid, leaf(1, { ecx: X }))).rejects.toMatchObject({ errno: 'EEXIST' });
  });

  it('is more for HVM than for PV on the default processor: nested paging is no PV matter', async () => {
    const { domains, cpu } = newHost();
    const pv = await domains.create(domainSpec());
    const hvm = await domains.create(hvmSpec());
    const asked = leaf(1, { edx: X });
    expect(await cpu.read(pv, asked)).not.toEqual(await cpu.read(hvm, asked));
  });
});

describe('checking masks against the host', () => {
  it('answers what the processor says of the registers that were asked for', async () => {
    const { cpu } = newHost();
    expect(await cpu.check(leaf(1, { ecx: X }))).toEqual({ ecx: bits(DEFAULT_CPU.host['1']!.ecx) });
  });

  it('fails where a bit is not as it must be, and names it', async () => {
    const { cpu } = newHost({ host: { cpu: SMALL_CPU } });
    await expect(cpu.check(leaf(1, { ecx: at(2, '1') }))).resolves.toBeDefined();
    await expect(cpu.check(leaf(1, { ecx: at(3, '1') }))).rejects.toMatchObject({
      call: 'xc_cpuid_check',
      data: { leaf: '1', register: 'ecx', bit: 3 },
    });
    await expect(cpu.check(leaf(1, { ecx: at(0, '0') }))).rejects.toMatchObject({ data: { bit: 0 } });
  });
});
