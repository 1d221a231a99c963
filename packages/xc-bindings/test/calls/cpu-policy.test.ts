import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { applyCpuPolicy, readDomainPolicy, readSystemPolicy, type SystemPolicy } from '../../src/calls/cpu-policy.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

const PLAIN = { pae: true, invariantTsc: false, nestedVirtualisation: false, overrides: [] };

describe('CPU policy', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(() => {
    recorder.calls();
  });

  it('applyCpuPolicy passes each choice in its place, and NULL for the argument that some releases lack', async () => {
    await applyCpuPolicy(recorder.xc, 7, PLAIN);
    await applyCpuPolicy(recorder.xc, 7, { ...PLAIN, pae: false, invariantTsc: true });
    await applyCpuPolicy(recorder.xc, 7, { ...PLAIN, nestedVirtualisation: true });
    const call = (pae: number, itsc: number, nested: number): string =>
      `xc_cpuid_apply_policy xch=1 domid=7 restore=0 featureset=NULL features=0 pae=${String(pae)} itsc=${String(itsc)} ` +
      `nested=${String(nested)} msr=0 xend=NULL`;
    expect(recorder.calls()).toEqual([call(1, 0, 0), call(0, 1, 0), call(1, 0, 1)]);
  });

  it('applyCpuPolicy spells overrides as struct xc_xend_cpuid, ended by an unused leaf', async () => {
    const ebx = 'x'.repeat(31) + '0';
    const ecx = '1'.repeat(16) + 'k'.repeat(8) + 's'.repeat(8);
    await applyCpuPolicy(recorder.xc, 7, {
      ...PLAIN,
      overrides: [
        { leaf: 1, subleaf: null, ecx },
        { leaf: 7, subleaf: 0, ebx, edx: '0'.repeat(32) },
        { leaf: 0x8000_0001, subleaf: null },
      ],
    });
    expect(recorder.calls()[0]).toContain(
      `msr=0 0x1/0xffffffff ecx='${ecx}' 0x7/0 ebx='${ebx}' edx='${'0'.repeat(32)}' 0x80000001/0xffffffff`,
    );
  });

  it('refuses a mask that libxenguest would read beyond the end of', async () => {
    for (const eax of ['x'.repeat(31), 'x'.repeat(33), 'X'.repeat(32), '']) {
      const overrides = [{ leaf: 1, subleaf: null, eax }];
      await expect(applyCpuPolicy(recorder.xc, 7, { ...PLAIN, overrides })).rejects.toThrow(TypeError);
    }
    expect(recorder.calls()).toEqual([]);
  });

  it('takes the negated errno that it returns for its errno', async () => {
    recorder.script('xc_cpuid_apply_policy', -22, 0, 'xc: error: Missing leaf 0x40, subleaf 0: Internal error');
    await expect(applyCpuPolicy(recorder.xc, 7, PLAIN)).rejects.toMatchObject({
      errno: 'EINVAL',
      said: ['xc: Missing leaf 0x40, subleaf 0: Internal error'],
    });
  });

  it('reads the policy of a domain, and frees it', async () => {
    expect(await readDomainPolicy(recorder.xc, 7)).toEqual([
      { leaf: 0, subleaf: null, eax: 1, ebx: 2, ecx: 3, edx: 0xffff_ffff },
      { leaf: 7, subleaf: 1, eax: 0x8000_0000, ebx: 5, ecx: 6, edx: 7 },
    ]);
    expect(recorder.calls()).toEqual([
      'xc_cpu_policy_get_size xch=1',
      'xc_cpu_policy_init',
      'xc_cpu_policy_get_domain xch=1 domid=7 policy=1',
      'xc_cpu_policy_serialise xch=1 policy=1 leaves=10 msrs=0',
      'xc_cpu_policy_destroy policy=1',
    ]);
  });

  const indices: [SystemPolicy, number][] = [
    ['host', 1],
    ['pvMax', 2],
    ['hvmMax', 3],
    ['pvDefault', 4],
    ['hvmDefault', 5],
  ];

  it.each(indices)('reads the policy %s by its index', async (which, index) => {
    expect(await readSystemPolicy(recorder.xc, which)).toHaveLength(2);
    expect(recorder.calls()).toContain(`xc_cpu_policy_get_system xch=1 index=${String(index)} policy=1`);
  });

  it('frees the policy when it cannot be read', async () => {
    recorder.script('xc_cpu_policy_get_domain', -1, 3);
    await expect(readDomainPolicy(recorder.xc, 7)).rejects.toMatchObject({ errno: 'ESRCH' });
    expect(recorder.calls().at(-1)).toBe('xc_cpu_policy_destroy policy=1');
    recorder.script('xc_cpu_policy_init', -1, 12);
    await expect(readDomainPolicy(recorder.xc, 7)).rejects.toMatchObject({
      call: 'xc_cpu_policy_init',
      errno: 'ENOMEM',
    });
  });
});
