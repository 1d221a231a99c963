import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { spelled } from '@xen-image/core';
import { domainSpec, hvmBuild, hvmSpec, newHost, pvBuild, type TestHost } from '../support/host.js';
import type { HostSnapshot } from '../../src/index.js';

const MIB = 1024;
const HOST = { memoryKib: 3 * 1024 * MIB, dom0Kib: 1024 * MIB, xenKib: 64 * MIB } as const;

/** All memory is free, being scrubbed, held, the hypervisor's or a domain's; none of it twice. */
function expectConserved({ memory, domains }: HostSnapshot): void {
  const ofDomains = domains.reduce((sum, domain) => {
    expect(domain.claimKib).toBeGreaterThanOrEqual(0);
    return sum + domain.memoryKib + domain.pagingPoolKib + domain.structuresKib;
  }, 0);
  expect(memory.freeKib + memory.scrubbingKib + memory.heldKib + HOST.xenKib + ofDomains).toBe(memory.totalKib);
  expect(memory.claimedKib).toBe(domains.reduce((sum, { claimKib }) => sum + claimKib, 0));
  expect(memory.claimedKib).toBeLessThanOrEqual(memory.freeKib);
  const frames = domains
    .flatMap(({ physmap }) => physmap.map(([, mfn, count]) => ({ mfn, count })))
    .sort((a, b) => a.mfn - b.mfn);
  let next = 0;
  for (const { mfn, count } of frames) {
    expect(mfn).toBeGreaterThanOrEqual(next);
    next = mfn + count;
  }
  expect(next).toBeLessThanOrEqual(HOST.memoryKib / 4);
}

type Step = (host: TestHost, domid: number) => Promise<unknown>;

const sizeMib = fc.integer({ min: 1, max: 900 });

/** A domain that is created and given a limit, so that the steps after it have something to succeed on. */
async function startDomain(host: TestHost, hvm: boolean, mib: number): Promise<void> {
  const domid = await host.domains.create(hvm ? hvmSpec({ maxVcpus: 2 }) : domainSpec({ maxVcpus: 2 }));
  await host.domains.setMaxVcpus(domid, 2);
  await host.memory.setMaxMemory(domid, mib * MIB);
  if (mib % 2 === 0) await host.memory.claim(domid, mib * MIB);
}

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.boolean(), sizeMib).map<Step>(
      ([hvm, mib]) =>
        (host) =>
          startDomain(host, hvm, mib),
    ),
  },
  fc.constant<Step>((host, domid) => host.domains.destroy(domid)),
  fc.constant<Step>((host, domid) => host.domains.setMaxVcpus(domid, 2)),
  sizeMib.map<Step>((mib) => (host, domid) => host.memory.setMaxMemory(domid, mib * MIB)),
  fc.tuple(sizeMib, fc.nat(511)).map<Step>(
    ([mib, pages]) =>
      (host, domid) =>
        host.memory.claim(domid, mib * MIB + pages * 4),
  ),
  fc.constant<Step>((host, domid) => host.memory.claim(domid, 0)),
  sizeMib.map<Step>((mib) => (host, domid) => host.memory.setPagingPool(domid, mib * 4)),
  sizeMib.map<Step>((mib) => (host, domid) => host.builder.build(domid, pvBuild(mib))),
  sizeMib.map<Step>((mib) => (host, domid) => host.builder.build(domid, pvBuild(mib, { extents: spelled('all2M') }))),
  sizeMib.map<Step>((mib) => (host, domid) => host.builder.build(domid, hvmBuild(mib))),
  fc.tuple(sizeMib, sizeMib).map<Step>(([a, b]) => (host, domid) => {
    const build = hvmBuild(Math.min(a, b), { maximumMib: Math.max(a, b) });
    return host.builder.build(domid, build);
  }),
  sizeMib.map<Step>((mib) => (host, domid) => host.simulator.asDomain(domid).balloonTo(mib * MIB)),
  fc.nat(20).map<Step>((leave2m) => (host) => host.simulator.fragment({ leave2m: leave2m * 50 })),
  fc.constant<Step>((host) => host.simulator.defragment()),
  fc.constant<Step>((host) => host.simulator.scrub(50 * MIB)),
);

describe('memory', () => {
  it.each(['at-once', 'later'] as const)('is conserved by whatever is done to it (scrubbed %s)', async (scrub) => {
    let succeeded = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(step, fc.integer({ min: 1, max: 6 })), { minLength: 10, maxLength: 50 }),
        async (steps) => {
          const host = newHost({ host: { ...HOST, scrub } });
          const before = await host.simulator.inspect();
          for (const [act, domid] of steps) {
            await act(host, domid).then(
              () => (succeeded += 1),
              (error: unknown) => {
                expect(error).toHaveProperty('errno');
              },
            );
            expectConserved(await host.simulator.inspect());
          }
          for (const { domid } of await host.domains.list()) if (domid !== 0) await host.domains.destroy(domid);
          await host.simulator.defragment();
          await host.simulator.scrub();
          expect(await host.simulator.inspect()).toEqual(before);
        },
      ),
      { numRuns: 30 },
    );
    // The steps are not all refused.
    expect(succeeded).toBeGreaterThan(200);
  });
});
