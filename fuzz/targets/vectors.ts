import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { ia64Plugin } from '@xen-image/handler-ia64';
import { x86HvmPlugin } from '@xen-image/handler-x86-hvm';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';
import { replayCases } from '@xen-image/xend-compat';
import { expect, expectCoded, expectUnpolluted } from '../engine/expect.js';
import type { Target } from '../engine/target.js';
import { recordedCases } from './files.js';

const SEEDS = 200;
const PLUGINS = [x86PvPlugin, x86HvmPlugin, ia64Plugin, qemuDialectsPlugin];

/** A file of recorded cases: read, run and compared. */
export const vectors: Target = {
  name: 'vectors',
  seeds: () => recordedCases(SEEDS).map((line) => Buffer.from(line)),
  words: ['\n', '{"id":', '"effects":[', '"xcFailures":{', '"__proto__":{', 'null'],
  json: true,
  async run(input) {
    try {
      const { differences } = await replayCases(input.toString(), { plugins: PLUGINS, file: 'fuzz.jsonl' });
      for (const difference of differences) {
        expect(!JSON.stringify(difference).includes('"INTERNAL"'), `a defect: ${JSON.stringify(difference)}`);
      }
    } catch (error) {
      expectCoded(error);
    }
    expectUnpolluted();
  },
};
