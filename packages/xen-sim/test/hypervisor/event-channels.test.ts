import { describe, expect, it } from '@jest/globals';
import { domainSpec, newHost } from '../support/host.js';

describe('event channels', () => {
  it('are the lowest free ports, beginning with 1', async () => {
    const { domains, channels } = newHost();
    const domid = await domains.create(domainSpec());
    expect(await channels.allocateUnbound(domid, 0)).toBe(1);
    expect(await channels.allocateUnbound(domid, 0)).toBe(2);
  });

  it('end with the highest port of the domain', async () => {
    const { domains, channels } = newHost();
    const domid = await domains.create(domainSpec({ maxEvtchnPort: 3 }));
    for (let port = 1; port <= 3; port += 1) await channels.allocateUnbound(domid, 0);
    await expect(channels.allocateUnbound(domid, 0)).rejects.toMatchObject({
      call: 'xc_evtchn_alloc_unbound',
      errno: 'ENOSPC',
    });
  });

  it('may be for a remote domain that is not there yet', async () => {
    const { domains, channels, simulator } = newHost();
    const domid = await domains.create(domainSpec());
    const port = await channels.allocateUnbound(domid, 99);
    expect((await simulator.inspect()).domains[1]?.eventChannels).toEqual({ [port]: 99 });
  });
});
