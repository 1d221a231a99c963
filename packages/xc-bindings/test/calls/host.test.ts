import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { physInfo, xenInfo } from '../../src/calls/host.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

describe('calls about the host', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());

  it('physInfo reads xc_physinfo_t', async () => {
    expect(await physInfo(recorder.xc)).toEqual({
      threadsPerCore: 2,
      coresPerSocket: 8,
      cpus: 16,
      nodes: 1,
      cpuKhz: 3_000_000,
      capabilities: { hvm: true, pv: true, directIo: false, hap: true, shadow: false },
      totalPages: 2 ** 33,
      freePages: 12345,
      scrubPages: 77,
      outstandingPages: 99,
      hardwareCapabilities: [1, 2, 3, 4, 5, 6, 7, 0xffff_ffff],
    });
  });

  it('xenInfo asks for each part by its number', async () => {
    recorder.data('extraversion', Buffer.from('.7-pre\0'));
    recorder.data('capabilities', Buffer.from('xen-3.0-x86_64 hvm-3.0-x86_64 \0rubbish'));
    recorder.data('changeset', Buffer.from('Tue git:abcdef\0'));
    recorder.data('commandline', Buffer.alloc(1024, 'x'));
    expect(await xenInfo(recorder.xc)).toEqual({
      major: 4,
      minor: 17,
      extra: '.7-pre',
      capabilities: 'xen-3.0-x86_64 hvm-3.0-x86_64',
      changeset: 'Tue git:abcdef',
      commandLine: 'x'.repeat(1024),
      compiler: 'gcc 12',
      compiledBy: 'builder',
      compiledAt: 'example.org',
      compileDate: 'today',
      virtStart: 0xffff_8000_0000_0000n,
      pageSizeBytes: 4096,
    });
  });
});
