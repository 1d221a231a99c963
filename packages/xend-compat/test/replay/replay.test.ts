import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { definePlugin } from '@xen-image/core';
import { replayCases } from '../../src/replay/replay.js';
import { PLUGINS } from '../support/plugins.js';
import { OWN_COPY, VECTORS, vectorsText } from '../support/vectors.js';

describe('the recorded cases', () => {
  it('all pass, each by the rule of its first failure', async () => {
    const summary = await replayCases(readFileSync(VECTORS, 'utf8'), { plugins: PLUGINS, file: VECTORS });
    expect(summary.differences).toEqual([]);
    if (VECTORS !== OWN_COPY) return;
    expect(summary).toMatchObject({ passed: 534, failed: 0, withBootloaderFiles: 21 });
    expect(summary.byRule).toEqual({
      succeeded: 400,
      'vm-error': 48,
      'hvm-required': 8,
      'xc-error': 11,
      xeninfo: 1,
      'python-error': 66,
    });
  });

  it('are those of the recording beside the repository, where there is one', () => {
    const beside = fileURLToPath(new URL('../../../../../shared/vectors/xend-image.jsonl', import.meta.url));
    if (!existsSync(beside)) return;
    expect(readFileSync(OWN_COPY).equals(readFileSync(beside))).toBe(true);
  });
});

describe('a replay', () => {
  const [first = '', second = ''] = vectorsText().split('\n');
  const broken = second.replaceAll('"memsize":512', '"memsize":513');

  it('counts what fails, and tells the first differences', async () => {
    const told: [string, boolean][] = [];
    const summary = await replayCases(`${first}\n\n${broken}\n${broken}`, {
      plugins: PLUGINS,
      maxDifferences: 1,
      onCase: (id, passed) => told.push([id, passed]),
    });
    expect(summary).toMatchObject({ passed: 1, failed: 2 });
    expect(summary.differences).toMatchObject([
      { id: 'lookup-x86-hvm', line: 3, rule: 'succeeded', step: 'createImage', path: 'effects[1]' },
    ]);
    expect(told).toEqual([
      ['lookup-x86-linux', true],
      ['lookup-x86-hvm', false],
      ['lookup-x86-hvm', false],
    ]);
  });

  it('needs the handlers: without any, what the original built is refused', async () => {
    const summary = await replayCases(first, { plugins: [] });
    expect(summary).toMatchObject({ passed: 0, failed: 1 });
    expect(summary.differences[0]).toMatchObject({ step: 'construct', why: 'the original succeeded' });
  });

  it('goes on where a dialect cannot spell what a case asks for', async () => {
    const comma = second.replace('"acpi":1', '"acpi":1,"vnc":1,"vnclisten":"a,b"');
    const summary = await replayCases(`${comma}\n${first}`, { plugins: PLUGINS });
    expect(summary).toMatchObject({ passed: 1, failed: 1 });
    expect(summary.differences[0]).toMatchObject({ actual: { code: 'DEVICE_MODEL_ARG_UNSUPPORTED' } });
  });

  it('goes on where a handler throws what is no coded error', async () => {
    const broken = definePlugin({
      name: 'acme',
      contract: 1,
      register(context) {
        const fail = (): never => {
          throw new RangeError('a defect');
        };
        const supports = { container: 'pv', deviceModel: true, restore: true, cpuid: true, superpages: true } as const;
        context.handler({ arch: 'x86', imageType: 'linux', handler: { supports, memory: fail, plan: fail } });
      },
    });
    const summary = await replayCases(first, { plugins: [broken] });
    expect(summary).toMatchObject({ passed: 0, failed: 1 });
    expect(summary.differences[0]).toMatchObject({ actual: { code: 'INTERNAL', message: 'a defect' } });
  });

  it('of no cases passes none', async () => {
    expect(await replayCases('\n\n', { plugins: PLUGINS })).toMatchObject({ passed: 0, failed: 0 });
  });
});
