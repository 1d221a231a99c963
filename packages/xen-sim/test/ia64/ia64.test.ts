import { describe, expect, it } from '@jest/globals';
import { IA64 } from '../../src/index.js';
import { domainSpec, newHost, portsOf } from '../support/host.js';

describe('the port of ia64 alone', () => {
  it('is found by the name under which handlers of that arch declare it', () => {
    expect(IA64).toBe(Symbol.for('@xen-image/handler-ia64:Ia64'));
  });

  it('keeps what the firmware is told', async () => {
    const { simulator, domains } = newHost({ host: { arch: 'ia64' } });
    const ia64 = portsOf(simulator.ia64Plugin)(IA64);
    const domid = await domains.create(domainSpec());
    await ia64.initNvram(domid, 'guest');
    await ia64.setOsType(domid, 'windows');
    expect((await simulator.inspect()).domains[1]?.ia64).toEqual({ nvram: 'guest', osType: 'windows' });
    await expect(ia64.initNvram(9, 'guest')).rejects.toMatchObject({ call: 'xc_ia64_nvram_init', errno: 'ESRCH' });
  });
});
