import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as domain from '../../src/calls/domain.js';

import { domainInfo, listDomains } from '../../src/calls/domain-info.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

describe('calls about domains', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  const uuid = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

  it('createDomain fills xen_domctl_createdomain and answers the domid', async () => {
    const domid = await domain.createDomain(recorder.xc, {
      handle: uuid,
      flags: 3,
      emulationFlags: 0x3ff,
      maxVcpus: 4,
      maxEvtchnPort: 1023,
      grantTableVersion: 1,
    });
    expect(domid).toBe(7);
    expect(recorder.calls()).toEqual([
      'xc_domain_create xch=1 domid=0 ssidref=0 handle=00112233445566778899aabbccddeeff flags=3 iommu=0 vcpus=4 evtchn=1023 ' +
        'grant=-1 maptrack=-1 grant_opts=1 vmtrace=0 cpupool=0 emulation=1023 misc=0',
    ]);
  });

  it('createDomain asks for any domid by the number that Xen 4.22 has for it', async () => {
    const { abi } = recorder.xc;
    const xc = { ...recorder.xc, abi: { ...abi, constants: { ...abi.constants, domidAny: 0x7ff5 } } };
    const spec = {
      handle: uuid,
      flags: 0,
      emulationFlags: 0,
      maxVcpus: 1,
      maxEvtchnPort: 1023,
      grantTableVersion: 1,
    };
    expect(await domain.createDomain(xc, spec)).toBe(7);
    expect(recorder.calls()[0]).toContain('domid=32757');
  });

  it('createDomain hands on limits of the grant table', async () => {
    await domain.createDomain(recorder.xc, {
      handle: uuid,
      flags: 0,
      emulationFlags: 0,
      maxVcpus: 1,
      maxEvtchnPort: 127,
      grantTableVersion: 2,
      maxGrantFrames: 4,
      maxMaptrackFrames: 0,
    });
    expect(recorder.calls()[0]).toContain('evtchn=127 grant=4 maptrack=0 grant_opts=2');
  });

  it.each([
    ['setMaxVcpus', () => domain.setMaxVcpus(recorder.xc, 7, 128), 'xc_domain_max_vcpus xch=1 domid=7 max=128'],
    ['pauseDomain', () => domain.pauseDomain(recorder.xc, 7), 'xc_domain_pause xch=1 domid=7'],
    ['unpauseDomain', () => domain.unpauseDomain(recorder.xc, 7), 'xc_domain_unpause xch=1 domid=7'],
    ['shutdownDomain', () => domain.shutdownDomain(recorder.xc, 7, 3), 'xc_domain_shutdown xch=1 domid=7 reason=3'],
    ['resumeDomain', () => domain.resumeDomain(recorder.xc, 7), 'xc_domain_resume xch=1 domid=7 fast=0'],
    ['destroyDomain', () => domain.destroyDomain(recorder.xc, 7), 'xc_domain_destroy xch=1 domid=7'],
    [
      'setTimeOffset',
      () => domain.setTimeOffset(recorder.xc, 7, -3600),
      'xc_domain_set_time_offset xch=1 domid=7 seconds=-3600',
    ],
    [
      'setTscMode',
      () => domain.setTscMode(recorder.xc, 7, 2),
      'xc_domain_set_tsc_info xch=1 domid=7 mode=2 nsec=0 khz=0 incarnation=0',
    ],
  ])('%s', async (_name, call, recorded) => {
    await call();
    expect(recorder.calls()).toEqual([recorded]);
  });

  it('a failure names the call, the domain, the errno and what libxc said', async () => {
    recorder.script('xc_domain_max_vcpus', -1, 22, 'xc: error: max vcpus of 7 refused: Internal error');
    await expect(domain.setMaxVcpus(recorder.xc, 7, 0)).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      call: 'xc_domain_max_vcpus',
      errno: 'EINVAL',
      domain: { domid: 7 },
      said: ['xc: max vcpus of 7 refused: Internal error'],
      message: 'xc_domain_max_vcpus failed for domain 7: EINVAL (xc: max vcpus of 7 refused: Internal error)',
    });
  });

  it('listDomains reads xc_domaininfo_t, in batches', async () => {
    for (const count of [32, 64, 128, 256, 256, 2]) recorder.script('xc_domain_getinfolist', count);
    const domains = await listDomains(recorder.xc);
    expect(recorder.calls()).toEqual([
      'xc_domain_getinfolist xch=1 first=0 max=32',
      'xc_domain_getinfolist xch=1 first=32 max=64',
      'xc_domain_getinfolist xch=1 first=96 max=128',
      'xc_domain_getinfolist xch=1 first=224 max=256',
      'xc_domain_getinfolist xch=1 first=480 max=256',
      'xc_domain_getinfolist xch=1 first=736 max=256',
    ]);
    expect(domains).toHaveLength(738);
    expect(domains[736]).toEqual({
      domid: 736,
      dying: false,
      hvm: true,
      shutdown: false,
      paused: true,
      blocked: false,
      running: false,
      shutdownReason: 0,
      totalPages: 16384,
      maxPages: 2 ** 44,
      outstandingPages: 3,
      cpuTimeNs: 1n << 60n,
      onlineVcpus: 1,
      vcpus: 4,
      handle: 'a0'.repeat(16),
    });
    expect(domains[737]).toMatchObject({
      domid: 737,
      dying: true,
      hvm: false,
      shutdown: true,
      paused: false,
      shutdownReason: 3,
      totalPages: 16385,
      cpuTimeNs: (1n << 60n) + 1n,
      vcpus: 0,
      handle: 'a1'.repeat(16),
    });
  });

  it('listDomains ends when a whole batch is followed by nothing', async () => {
    recorder.script('xc_domain_getinfolist', 32);
    recorder.script('xc_domain_getinfolist', 0);
    expect(await listDomains(recorder.xc)).toHaveLength(32);
  });

  it('domainInfo finds a domain, and takes the next higher one for none', async () => {
    recorder.script('xc_domain_getinfolist', 1);
    expect((await domainInfo(recorder.xc, 9))?.domid).toBe(9);
    recorder.script('xc_domain_getinfolist', 0);
    expect(await domainInfo(recorder.xc, 9)).toBeUndefined();
    expect(recorder.calls()[0]).toBe('xc_domain_getinfolist xch=1 first=9 max=1');
  });
});
