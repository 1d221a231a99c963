import createDebug from 'debug';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { XenImageError } from '@xen-image/core';
import { destroyDomain, pauseDomain, setMaxVcpus } from '../../src/calls/domain.js';
import { setMaxMemory } from '../../src/calls/memory.js';
import { openHandle } from '../../src/index.js';
import { takeHandle } from '../../src/library/handle.js';
import { BUILT } from '../../../ffi/test/support/built.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

// koffi knows errno after every call; ffi-napi loses that of calls made off the event loop.
describe.each(BUILT)('a handle over %s', (backend) => {
  const errnoOfSlowCall = backend === 'koffi' ? 'ENOMEM' : 'unknown';
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder({ backend });
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  it('knows the errno of a quick call', async () => {
    recorder.script('xc_domain_setmaxmem', -1, 22);
    await expect(setMaxMemory(recorder.xc, 7, 1)).rejects.toMatchObject({ errno: 'EINVAL' });
  });

  it(`reports ${errnoOfSlowCall} for the errno of a slow call`, async () => {
    recorder.script('xc_domain_pause', -1, 12);
    await expect(pauseDomain(recorder.xc, 7)).rejects.toMatchObject({ errno: errnoOfSlowCall });
  });

  it('tells each call its own lines, however many are asked for at once', async () => {
    for (let n = 1; n <= 20; n++) {
      const name = n % 2 === 0 ? 'xc_domain_pause' : 'xc_domain_setmaxmem';
      recorder.script(name, -1, 22, `xc: error: number ${String(n)}`);
    }
    const calls = Array.from({ length: 20 }, (_, index) =>
      (index + 1) % 2 === 0 ? pauseDomain(recorder.xc, index) : setMaxMemory(recorder.xc, index, 1),
    );
    const said = (await Promise.allSettled(calls)).map((one) =>
      one.status === 'rejected' ? (one.reason as XenImageError).said : undefined,
    );
    expect(said).toEqual(Array.from({ length: 20 }, (_, index) => [`xc: number ${String(index + 1)}`]));
  });

  it('makes calls in the order in which they were asked for, past one that failed', async () => {
    recorder.script('xc_domain_destroy', -1, 22);
    await Promise.allSettled([
      destroyDomain(recorder.xc, 1),
      setMaxMemory(recorder.xc, 2, 1),
      pauseDomain(recorder.xc, 3),
      setMaxMemory(recorder.xc, 4, 1),
    ]);
    expect(recorder.calls().map((line) => /domid=(\d+)/.exec(line)?.[1])).toEqual(['1', '2', '3', '4']);
  });

  it('keeps the lines of successful calls, without making errors of them', async () => {
    recorder.script('xc_domain_pause', 0, 0, 'domainbuilder: detail: nothing to say');
    await pauseDomain(recorder.xc, 7);
    expect(recorder.xc.lines.at(-1)).toBe('domainbuilder: detail: nothing to say');
    recorder.script('xc_domain_pause', -1, 3);
    await expect(pauseDomain(recorder.xc, 7)).rejects.toMatchObject({ said: undefined });
  });

  it('makes a call at once where it is known to be quick this time, and after those under way', async () => {
    const quick = setMaxVcpus(recorder.xc, 7, 4);
    expect(recorder.calls()).toEqual(['xc_domain_max_vcpus xch=1 domid=7 max=4']);
    await quick;
    const slow = setMaxVcpus(recorder.xc, 8, 5);
    const behind = setMaxVcpus(recorder.xc, 9, 1);
    expect(recorder.calls()).toEqual([]);
    await Promise.all([slow, behind]);
    expect(recorder.calls().map((line) => /domid=(\d+)/.exec(line)?.[1])).toEqual(['8', '9']);
    recorder.script('xc_domain_max_vcpus', -1, 12, 'xc: error: no room');
    await expect(setMaxVcpus(recorder.xc, 7, 1)).rejects.toMatchObject({ errno: 'ENOMEM', said: ['xc: no room'] });
  });

  it('keeps nothing of a line that a terminal acts on, nor shows it', async () => {
    recorder.script('xc_domain_setmaxmem', -1, 22, 'xc: error: kernel \u001b[2J\u009b2J\rnot');
    const plain = String.raw`kernel \x1b[2J\x9b2J\x0dnot`;
    await expect(setMaxMemory(recorder.xc, 7, 1)).rejects.toMatchObject({ said: [`xc: ${plain}`] });
    expect(recorder.xc.lines.at(-1)).toBe(`xc: error: ${plain}`);
  });

  it('keeps a bounded number of lines', async () => {
    const long = Array.from({ length: 700 }, (_, n) => String(n));
    for (const n of long) {
      recorder.script('xc_domain_setmaxmem', 0, 0, `xc: detail: ${n}`);
      await setMaxMemory(recorder.xc, 7, 1);
    }
    expect(recorder.xc.lines).toHaveLength(500);
    expect(recorder.xc.lines.at(-1)).toBe('xc: detail: 699');
  });

  it('closes after the call under way, frees its logger last, and makes no call after that', async () => {
    const other = await openHandle(recorder.xc.libraries);
    recorder.calls();
    const calling = destroyDomain(other, 7);
    await Promise.all([calling, other.close(), other.close()]);
    expect(recorder.calls()).toEqual([
      'xc_domain_destroy xch=1 domid=7',
      'xc_interface_close xch=1',
      'xtl_logger_destroy',
    ]);
    await expect(pauseDomain(other, 7)).rejects.toMatchObject({ code: 'HANDLE_CLOSED', call: 'xc_domain_pause' });
    expect(recorder.calls()).toEqual([]);
    // The recorder has one logger; this handle's own is to be it again.
    await (await openHandle(recorder.xc.libraries)).close();
  });
});

describe('openHandle', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  it('gives the libraries one logger for both purposes, and asks who they speak to', async () => {
    const handle = await openHandle(recorder.xc.libraries);
    expect(recorder.calls()).toEqual([
      'xtl_createlogger_stdiostream min_level=7 flags=20',
      'xc_interface_open same_logger=1 flags=0',
      'xc_version xch=1 cmd=0',
      'xc_domain_getinfo xch=1 first=0 max=1',
    ]);
    await handle.close();
  });

  it('has the libraries tell all that they do where somebody listens', async () => {
    createDebug.enable('xen-image:xc');
    try {
      const handle = await openHandle(recorder.xc.libraries);
      expect(recorder.calls()[0]).toBe('xtl_createlogger_stdiostream min_level=3 flags=20');
      await handle.close();
    } finally {
      createDebug.disable();
    }
  });

  it('says why it cannot be opened', async () => {
    recorder.script(
      'xc_interface_open',
      -1,
      13,
      'xencall: error: Could not obtain handle on privileged command interface',
    );
    await expect(openHandle(recorder.xc.libraries)).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      phase: 'connect',
      call: 'xc_interface_open',
      errno: 'EACCES',
      said: ['xencall: Could not obtain handle on privileged command interface'],
      hint: expect.stringContaining('as root'),
    });
    expect(recorder.calls().at(-1)).toBe('xtl_logger_destroy');
  });

  it('refuses a hypervisor of another version', async () => {
    recorder.version(4, 18);
    await expect(openHandle(recorder.xc.libraries)).rejects.toMatchObject({
      code: 'XEN_VERSION_MISMATCH',
      message: 'the hypervisor is Xen 4.18, the libraries are of Xen 4.17',
      data: { running: '4.18', libraries: '4.17' },
    });
    expect(recorder.calls().slice(-2)).toEqual(['xc_interface_close xch=1', 'xtl_logger_destroy']);
    recorder.version(4, 17);
  });

  it('refuses a hypervisor that takes other control calls', async () => {
    recorder.script('xc_domain_getinfo', -1, 13);
    await expect(openHandle(recorder.xc.libraries)).rejects.toMatchObject({
      code: 'XEN_VERSION_MISMATCH',
      message: 'the hypervisor does not take the control calls of Xen 4.17 (domctl 0x15)',
    });
  });

  it('passes on that this is not the control domain', async () => {
    recorder.script('xc_domain_getinfo', -1, 1);
    await expect(openHandle(recorder.xc.libraries)).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      errno: 'EPERM',
      call: 'xc_domain_getinfo',
    });
  });
});

describe('takeHandle', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  it('uses again what an earlier operation has finished with, without its log, and not while it is in use', async () => {
    const first = await takeHandle(recorder.xc.libraries);
    recorder.script('xc_domain_setmaxmem', 0, 0, 'xc: detail: of the first');
    await setMaxMemory(first, 7, 1);
    const second = await takeHandle(recorder.xc.libraries);
    expect(second.pointer).not.toBe(undefined);
    await first.close();
    recorder.calls();
    const third = await takeHandle(recorder.xc.libraries);
    expect(recorder.calls()).toEqual([]);
    expect(third.pointer).toBe(first.pointer);
    expect(third.lines).toEqual([]);
    await expect(setMaxMemory(first, 7, 1)).rejects.toMatchObject({ code: 'HANDLE_CLOSED' });
    await setMaxMemory(third, 7, 1);
    await Promise.all([second.close(), third.close()]);
  });

  it('keeps four at most, and closes the others', async () => {
    const taken = await Promise.all(Array.from({ length: 6 }, () => takeHandle(recorder.xc.libraries)));
    recorder.calls();
    await Promise.all(taken.map((handle) => handle.close()));
    expect(recorder.calls().filter((call) => call.startsWith('xc_interface_close'))).toHaveLength(2);
  });

  it('keeps none for long that nobody uses', async () => {
    const own = await createRecorder({});
    const { libraries } = own.xc;
    jest.useFakeTimers();
    try {
      const [used, idle] = [await takeHandle(libraries), await takeHandle(libraries)];
      await idle.close();
      jest.advanceTimersByTime(9_000);
      await used.close();
      own.calls();
      jest.advanceTimersByTime(9_000);
      expect(own.calls()).toEqual([]);
      jest.advanceTimersByTime(2_000);
      const closed = own.calls().filter((call) => call.startsWith('xc_interface_close'));
      expect(closed).toHaveLength(2);
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
      await own.remove();
    }
  });

  it('does not keep one that the hypervisor does not agree with', async () => {
    const taken = await Promise.all(Array.from({ length: 5 }, () => takeHandle(recorder.xc.libraries)));
    recorder.version(4, 18);
    recorder.calls();
    await expect(takeHandle(recorder.xc.libraries)).rejects.toMatchObject({ code: 'XEN_VERSION_MISMATCH' });
    expect(recorder.calls()).toContain('xc_interface_close xch=1');
    recorder.version(4, 17);
    await Promise.all(taken.map((handle) => handle.close()));
  });
});
