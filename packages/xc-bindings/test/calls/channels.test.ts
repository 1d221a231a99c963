import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { allocateUnbound, getHvmParam, setHvmParam } from '../../src/calls/channels.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

describe('event channels and HVM parameters', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  it('allocateUnbound answers the port', async () => {
    expect(await allocateUnbound(recorder.xc, 7, 0)).toBe(5);
    expect(recorder.calls()).toEqual(['xc_evtchn_alloc_unbound xch=1 domid=7 remote=0']);
    recorder.script('xc_evtchn_alloc_unbound', -1, 28);
    await expect(allocateUnbound(recorder.xc, 7, 0)).rejects.toMatchObject({ errno: 'ENOSPC' });
  });

  it('setHvmParam takes 64 bits, getHvmParam gives them', async () => {
    await setHvmParam(recorder.xc, 7, 10, 1);
    await setHvmParam(recorder.xc, 7, 9, (1n << 64n) - 1n);
    expect(await getHvmParam(recorder.xc, 7, 1)).toBe(0xfeffcn);
    expect(recorder.calls()).toEqual([
      'xc_hvm_param_set xch=1 domid=7 param=10 value=1',
      'xc_hvm_param_set xch=1 domid=7 param=9 value=18446744073709551615',
      'xc_hvm_param_get xch=1 domid=7 param=1',
    ]);
  });
});
