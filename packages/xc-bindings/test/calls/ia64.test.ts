import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { initNvram, saveNvram, setOsType } from '../../src/calls/ia64.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

describe('calls of ia64', () => {
  describe('in a library that has them', () => {
    let recorder: Recorder;
    beforeAll(async () => {
      recorder = await createRecorder({ flags: ['-DWITH_IA64', '-Wno-missing-prototypes'] });
    });
    afterAll(() => recorder.remove());

    it('are made with their arguments in the order of Xen 4.2', async () => {
      await initNvram(recorder.xc, 7, 'guest');
      await setOsType(recorder.xc, 7, 'windows');
      await saveNvram(recorder.xc, 7);
      expect(recorder.calls()).toEqual([
        "xc_ia64_nvram_init xch=1 name='guest' domid=7",
        "xc_ia64_set_os_type xch=1 type='windows' domid=7",
        'xc_ia64_save_to_nvram xch=1 domid=7',
      ]);
      recorder.script('xc_ia64_nvram_init', -1, 28, 'xc: error: nvram file is too large');
      await expect(initNvram(recorder.xc, 7, 'guest')).rejects.toMatchObject({
        errno: 'ENOSPC',
        domain: { domid: 7, name: 'guest' },
        said: ['xc: nvram file is too large'],
      });
    });
  });

  describe('in a library of x86', () => {
    let recorder: Recorder;
    beforeAll(async () => {
      recorder = await createRecorder();
    });
    afterAll(() => recorder.remove());

    it('are refused by name', async () => {
      expect(recorder.xc.has('xc_ia64_nvram_init')).toBe(false);
      await expect(setOsType(recorder.xc, 7, 'linux')).rejects.toMatchObject({
        code: 'CALL_UNAVAILABLE',
        call: 'xc_ia64_set_os_type',
        message:
          'the libraries of Xen 4.17 have no xc_ia64_set_os_type, which only the libraries of ia64 had, up to Xen 4.2',
      });
    });
  });
});
