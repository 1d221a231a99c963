import { describe, expect, it } from '@jest/globals';
import { XenImageError } from '@xen-image/core';
import { checks } from '../../src/doctor/checks.js';
import type { Probes } from '../../src/doctor/probes.js';
import { runChecks } from '../../src/doctor/run-checks.js';
import { builtInFacts } from '../../src/toolstack/built-in-facts.js';

/** A host on which everything is well. */
const WELL: Probes = {
  nodeVersion: '20.20.0',
  euid: 0,
  isDom0: () => Promise.resolve(true),
  xenVersion: () => Promise.resolve('4.17'),
  abi: { known: ['4.16', '4.17', '4.18'], tested: ['4.17'] },
  libraries: () => Promise.resolve(['libxenctrl.so.4.17']),
  facts: () =>
    Promise.resolve({
      ...builtInFacts('modern').facts,
      hypervisor: { version: '4.17', capabilities: 'xen-3.0-x86_64 hvm-3.0-x86_64', hap: true },
    }),
  physicalMemory: () =>
    Promise.resolve({ totalKib: 8 * 1024 ** 2, freeKib: 4 * 1024 ** 2, scrubbingKib: 0, claimedKib: 0 }),
  xenstore: () => Promise.resolve('Domain-0'),
  runs: () => Promise.resolve(true),
  isThere: () => true,
  restriction: () =>
    Promise.resolve({ chroot: '/r', user: '7+<domid>:7+<domid>', ownUser: true, sandbox: false, runWith: false }),
  unfinished: () => Promise.resolve(0),
  isSupervised: () => Promise.resolve(true),
};

const examine = (change: Partial<Probes> = {}) => runChecks(checks({ ...WELL, ...change }));

async function result(name: string, change: Partial<Probes>) {
  return (await examine(change)).find((one) => one.name === name);
}

describe('the doctor', () => {
  it('finds nothing wrong with a host where nothing is', async () => {
    const results = await examine();
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'ok'));
  });

  const facts = (change: object): Partial<Probes> => ({
    facts: async () => ({ ...(await WELL.facts()), ...change }),
  });

  it.each<[string, string, string, Partial<Probes>]>([
    ['who is not root', 'rights', 'failed', { euid: 1000 }],
    ['a machine without Xen', 'control domain', 'failed', { isDom0: () => Promise.resolve(false) }],
    ['a Xen that was never run', 'ABI table', 'warning', { xenVersion: () => Promise.resolve('4.18') }],
    ['a Xen that nobody knows', 'ABI table', 'failed', { xenVersion: () => Promise.resolve('5.1') }],
    [
      'no VT-x or AMD-V',
      'HVM guests',
      'warning',
      facts({ hypervisor: { version: '4.17', capabilities: 'xen-3.0-x86_64', hap: false } }),
    ],
    [
      'a QEMU that gives up nothing',
      'restriction',
      'warning',
      { restriction: () => Promise.resolve({ lacking: '/q has no -xen-domid-restrict' }) },
    ],
    [
      'no user for a device model',
      'restriction',
      'failed',
      { restriction: () => Promise.reject(new XenImageError('DEVICE_MODEL_USER', 'no user', { hint: 'adduser' })) },
    ],
    [
      'no EPT or NPT',
      'HAP',
      'warning',
      facts({ hypervisor: { version: '4.17', capabilities: 'xen-3.0-x86_64 hvm-3.0-x86_64', hap: false } }),
    ],
    [
      'a Xen without PV',
      'PV guests',
      'warning',
      facts({ hypervisor: { version: '4.17', capabilities: 'hvm-3.0-x86_64', hap: true } }),
    ],
    [
      'memory that is claimed',
      'free memory',
      'warning',
      {
        physicalMemory: () =>
          Promise.resolve({ totalKib: 8 * 1024 ** 2, freeKib: 200_000, scrubbingKib: 0, claimedKib: 100_000 }),
      },
    ],
    ['no xenconsoled', 'consoles', 'warning', { runs: () => Promise.resolve(false) }],
    ['no device model', 'device model', 'warning', { isThere: (path) => !path.includes('qemu') }],
    ['no firmware', 'firmware', 'warning', { isThere: (path) => !path.includes('hvmloader') }],
    ['what a process left', 'journal', 'warning', { unfinished: () => Promise.resolve(2) }],
    ['no supervisor', 'supervision', 'warning', { isSupervised: () => Promise.resolve(false) }],
  ])('tells of %s, with a cure', async (_, name, status, change) => {
    const found = await result(name, change);
    expect(found).toMatchObject({ name, status, said: expect.stringMatching(/./) });
    expect(found?.cure).toMatch(/./);
  });

  it('takes the hint of an error for its cure', async () => {
    const error = new XenImageError('LIBRARY_NOT_FOUND', 'no libxenctrl', { hint: 'install it' });
    const results = await examine({ libraries: () => Promise.reject(error) });
    expect(results).toContainEqual({ name: 'libraries', status: 'failed', said: 'no libxenctrl', cure: 'install it' });
  });

  it('does not look at what needs a thing that failed, and says so', async () => {
    const results = await examine({
      isDom0: () => Promise.resolve(false),
      facts: () => Promise.reject(new Error('was asked')),
    });
    for (const name of ['hypervisor', 'libraries', 'control calls', 'HVM guests', 'xenstore']) {
      expect(results).toContainEqual(expect.objectContaining({ name, status: 'skipped' }));
    }
    expect(JSON.stringify(results)).not.toContain('was asked');
  });
});
