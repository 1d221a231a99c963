import { describe, expect, it } from '@jest/globals';
import type { HvmParam } from '@xen-image/core';
import { domainSpec, hvmSpec, newHost } from '../support/host.js';

describe('HVM parameters', () => {
  it('are 0 until they are set', async () => {
    const { domains, params } = newHost();
    const domid = await domains.create(hvmSpec());
    expect(await params.get(domid, 'hpetEnabled')).toBe(0);
    await params.set(domid, 'hpetEnabled', 1);
    expect(await params.get(domid, 'hpetEnabled')).toBe(1);
  });

  it('are not there in a PV domain', async () => {
    const { domains, params } = newHost();
    const domid = await domains.create(domainSpec());
    await expect(params.set(domid, 'hpetEnabled', 1)).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(params.get(domid, 'hpetEnabled')).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  const refused: readonly (readonly [HvmParam, number, string])[] = [
    ['timerMode', 4, 'EINVAL'],
    ['altp2m', 4, 'EINVAL'],
    ['viridian', 2, 'EINVAL'],
    ['paeEnabled', 1, 'EINVAL'],
  ];
  it.each(refused)('refuse values that Xen 4.17 refuses: %s = %d', async (param, value, errno) => {
    const { domains, params } = newHost();
    const domid = await domains.create(hvmSpec());
    await expect(params.set(domid, param, value)).rejects.toMatchObject({ call: 'xc_hvm_param_set', errno });
  });

  it('keep their first value where Xen keeps it', async () => {
    const { domains, params } = newHost();
    const domid = await domains.create(hvmSpec());
    await params.set(domid, 'altp2m', 0);
    await params.set(domid, 'altp2m', 1);
    await params.set(domid, 'altp2m', 1);
    await expect(params.set(domid, 'altp2m', 2)).rejects.toMatchObject({ errno: 'EEXIST' });
  });

  it('let PAE be set on a hypervisor of the time when toolstacks did', async () => {
    const { domains, params } = newHost({ host: { version: '3.4' } });
    const domid = await domains.create(hvmSpec());
    await params.set(domid, 'paeEnabled', 1);
    expect(await params.get(domid, 'paeEnabled')).toBe(1);
  });

  it('take an unknown name for a mistake of the program', async () => {
    const { domains, params } = newHost();
    const domid = await domains.create(hvmSpec());
    await expect(params.get(domid, 'toString' as HvmParam)).rejects.toThrow(TypeError);
  });
});
