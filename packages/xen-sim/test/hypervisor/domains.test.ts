import { describe, expect, it } from '@jest/globals';
import type { DomainSpec } from '@xen-image/core';
import { FIRST_RESERVED_DOMID } from '../../src/hypervisor/create-domain.js';
import { openSimulator } from '../../src/index.js';
import { buildGuest, domainSpec, drive, hvmSpec, newHost } from '../support/host.js';

describe('creating domains', () => {
  it('gives the next free domid, paused, without vcpus and memory', async () => {
    const { domains } = newHost();
    expect(await domains.create(domainSpec())).toBe(1);
    expect(await domains.create(domainSpec())).toBe(2);
    const info = await domains.info(2);
    expect(info).toMatchObject({ paused: true, running: false, memoryKib: 0, maxMemoryKib: 0, onlineVcpus: 0 });
  });

  it('does not give a domid again before all others had their turn', async () => {
    const { domains } = newHost();
    const first = await domains.create(domainSpec());
    await domains.destroy(first);
    expect(await domains.create(domainSpec())).toBe(first + 1);
  });

  it('begins anew at 1 behind the last domid, and passes over those in use', async () => {
    const { domains } = newHost();
    const kept = await domains.create(domainSpec());
    for (let domid = kept + 1; domid < FIRST_RESERVED_DOMID; domid += 1) {
      await domains.destroy(await domains.create(domainSpec()));
    }
    expect(await domains.create(domainSpec())).toBe(kept + 1);
  });

  it('lets two domains have one uuid, as Xen does', async () => {
    const { domains } = newHost();
    const spec = domainSpec();
    await domains.create(spec);
    await expect(domains.create(spec)).resolves.toBe(2);
  });

  const refused: readonly (readonly [string, Partial<DomainSpec>, string])[] = [
    ['without a vcpu', { maxVcpus: 0 }, 'EINVAL'],
    ['with more vcpus than an HVM guest can have', { ...hvmSpec(), maxVcpus: 129 }, 'EINVAL'],
    ['of PV with HAP', { hap: true }, 'EINVAL'],
    ['of PV with emulated devices', { emulation: 'hvm' }, 'EOPNOTSUPP'],
    ['of HVM without emulated devices', { ...hvmSpec(), emulation: 'none' }, 'EOPNOTSUPP'],
    ['of HVM without HAP', { ...hvmSpec(), hap: false }, 'EOPNOTSUPP'],
  ];
  it.each(refused)('refuses a domain %s', async (_, change, errno) => {
    const { domains, simulator } = newHost();
    const before = await simulator.inspect();
    await expect(domains.create(domainSpec(change))).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      call: 'xc_domain_create',
      errno,
    });
    expect(await simulator.inspect()).toEqual(before);
  });

  it('refuses HVM on a host without it, and HAP where there is none', async () => {
    const none = drive(openSimulator({ host: { capabilities: 'xen-3.0-x86_64' } }));
    await expect(none.domains.create(hvmSpec())).rejects.toMatchObject({ errno: 'EINVAL' });
    const shadow = drive(openSimulator({ host: { hap: false, shadow: true } }));
    await expect(shadow.domains.create(hvmSpec())).rejects.toMatchObject({ errno: 'EINVAL' });
    await expect(shadow.domains.create(hvmSpec({ hap: false }))).resolves.toBe(1);
  });

  it('takes HVM without HAP where hypervisors have shadow paging, and where HAP is no word', async () => {
    for (const host of [{ version: '3.4' }, { arch: 'ia64', capabilities: 'hvm-3.0-ia64' }]) {
      await expect(drive(openSimulator({ host })).domains.create(hvmSpec({ hap: false }))).resolves.toBe(1);
    }
  });

  it('takes what is no uuid for a mistake of the program', async () => {
    const { domains } = newHost();
    await expect(domains.create(domainSpec({ uuid: 'x' }))).rejects.toThrow(TypeError);
  });

  it('needs memory of the host for a domain itself', async () => {
    const { domains, memory } = newHost();
    const { freeKib } = await memory.physical();
    await domains.create(hvmSpec());
    const after = await memory.physical();
    // Structures, and the paging pool of 256 pages that HAP begins with.
    expect(freeKib - after.freeKib).toBe((8 + 256) * 4);
  });

  it('refuses a domain where the host has no memory left', async () => {
    const { domains, memory } = newHost({ host: { memoryKib: 1_048_576 + 65_536 + 512 } });
    await expect(domains.create(hvmSpec())).rejects.toMatchObject({ errno: 'ENOMEM' });
    expect((await memory.physical()).freeKib).toBe(512);
    // The domid of the failed creation is passed over, as Xen's rover does.
    await expect(domains.create(domainSpec())).resolves.toBe(2);
  });
});

describe('the life of a domain', () => {
  it('answers ESRCH for a domain that is not there, with the call that asked', async () => {
    const { domains, memory, channels, params, cpu } = newHost();
    const calls: readonly (readonly [Promise<unknown>, string])[] = [
      [domains.setMaxVcpus(7, 1), 'xc_domain_max_vcpus'],
      [domains.setTimeOffset(7, 1), 'xc_domain_set_time_offset'],
      [domains.setTscMode(7, 'always'), 'xc_domain_set_tsc_info'],
      [domains.pause(7), 'xc_domain_pause'],
      [domains.unpause(7), 'xc_domain_unpause'],
      [domains.shutdown(7, 'poweroff'), 'xc_domain_shutdown'],
      [domains.destroy(7), 'xc_domain_destroy'],
      [memory.setMaxMemory(7, 1), 'xc_domain_setmaxmem'],
      [memory.setMemmapLimit(7, 1), 'xc_domain_set_memmap_limit'],
      [memory.setPagingPool(7, 4), 'xc_set_paging_mempool_size'],
      [memory.claim(7, 4), 'xc_domain_claim_pages'],
      [channels.allocateUnbound(7, 0), 'xc_evtchn_alloc_unbound'],
      [params.set(7, 'hpetEnabled', 1), 'xc_hvm_param_set'],
      [params.get(7, 'hpetEnabled'), 'xc_hvm_param_get'],
      [cpu.apply(7), 'xc_cpuid_apply_policy'],
    ];
    for (const [answer, call] of calls) {
      await expect(answer).rejects.toMatchObject({ call, errno: 'ESRCH', domain: { domid: 7 } });
    }
    await expect(domains.info(7)).resolves.toBeUndefined();
  });

  it('does not let domain 0 be paused, shut down or destroyed', async () => {
    const { domains } = newHost();
    for (const call of [domains.pause(0), domains.shutdown(0, 'crash'), domains.destroy(0)]) {
      await expect(call).rejects.toMatchObject({ errno: 'EINVAL' });
    }
    expect(await domains.list()).toMatchObject([{ domid: 0, running: true }]);
  });

  it('takes the number of vcpus that the domain was created for, and no other', async () => {
    const { domains } = newHost();
    const domid = await domains.create(domainSpec({ maxVcpus: 2 }));
    await expect(domains.setMaxVcpus(domid, 3)).rejects.toMatchObject({ errno: 'EINVAL' });
    await domains.setMaxVcpus(domid, 2);
    await expect(domains.setMaxVcpus(domid, 2)).resolves.toBeUndefined();
  });

  it('counts pauses: each needs its own unpause', async () => {
    const host = newHost();
    const { domains } = host;
    const domid = await buildGuest(host);
    await domains.pause(domid);
    await domains.unpause(domid);
    expect(await domains.info(domid)).toMatchObject({ paused: true, running: false });
    await domains.unpause(domid);
    expect(await domains.info(domid)).toMatchObject({ paused: false, running: true, onlineVcpus: 1 });
    await expect(domains.unpause(domid)).rejects.toMatchObject({ errno: 'EINVAL' });
    for (let count = 0; count < 255; count += 1) await domains.pause(domid);
    await expect(domains.pause(domid)).rejects.toMatchObject({ errno: 'EOVERFLOW' });
  });

  it('keeps the first reason of a shutdown', async () => {
    const host = newHost();
    const domid = await buildGuest(host);
    await host.domains.unpause(domid);
    await host.simulator.asDomain(domid).shutdown('reboot');
    await host.domains.shutdown(domid, 'crash');
    expect(await host.domains.info(domid)).toMatchObject({ shutdownReason: 'reboot', running: false });
  });

  it('keeps a time offset and a TSC mode', async () => {
    const { domains, simulator } = newHost();
    const domid = await domains.create(domainSpec());
    await domains.setTimeOffset(domid, -3600);
    await domains.setTscMode(domid, 'never');
    const { domains: all } = await simulator.inspect();
    expect(all[1]).toMatchObject({ timeOffsetSeconds: -3600, tscMode: 'never' });
  });

  it('gives everything back when it is destroyed', async () => {
    const host = newHost();
    const before = await host.simulator.inspect();
    const domid = await buildGuest(host);
    await host.domains.destroy(domid);
    expect(await host.simulator.inspect()).toEqual(before);
  });

  it('lists domains by domid, domain 0 first', async () => {
    const { domains } = newHost();
    for (let count = 0; count < 3; count += 1) await domains.create(domainSpec());
    expect((await domains.list()).map(({ domid }) => domid)).toEqual([0, 1, 2, 3]);
  });
});

describe('what has changed since a mark', () => {
  const gone = async ({ domains }: ReturnType<typeof newHost>): Promise<number> => {
    const domid = await domains.create(domainSpec());
    await domains.destroy(domid);
    return domid;
  };

  it('is all without a mark', async () => {
    const { domains } = newHost();
    const domid = await domains.create(domainSpec());
    const { complete, domains: there } = await domains.changes!();
    expect(complete).toBe(true);
    expect(there.map((one) => one.domid)).toEqual([0, domid]);
  });

  it('are the domains that came and went, and no others', async () => {
    const host = newHost();
    const { domains } = host;
    const stays = await domains.create(domainSpec());
    const { mark } = await domains.changes!();
    const spec = domainSpec();
    const domid = await domains.create(spec);
    const went = await gone(host);
    await domains.destroy(stays);
    expect(await domains.changes!(mark)).toEqual({
      mark: expect.anything(),
      complete: false,
      domains: [{ domid, uuid: spec.uuid, dying: false }],
      gone: [went, stays],
    });
  });

  it('is a domain that dies, and then is gone', async () => {
    const { domains, models } = newHost();
    const domid = await domains.create(hvmSpec());
    const uuid = (await domains.info(domid))!.uuid;
    await models.start({
      domid,
      uuid,
      name: 'guest',
      program: '/qemu',
      args: [],
      environment: {},
      readiness: 'xenstore',
    });
    const { mark } = await domains.changes!();
    await domains.destroy(domid);
    const dying = await domains.changes!(mark);
    expect(dying).toMatchObject({ domains: [{ domid, dying: true }], gone: [] });
    await models.stop(domid);
    expect(await domains.changes!(dying.mark)).toMatchObject({ domains: [], gone: [domid] });
  });

  it('is all since a mark that is of another machine, or of so long ago that nobody knows', async () => {
    const host = newHost();
    const { domains } = host;
    const { mark } = await domains.changes!();
    expect(await newHost().domains.changes!(mark)).toMatchObject({ complete: true });
    for (let time = 0; time < 1000; time += 1) await gone(host);
    expect(await domains.changes!(mark)).toMatchObject({ complete: true });
    expect(await domains.changes!({})).toMatchObject({ complete: true });
  });
});
