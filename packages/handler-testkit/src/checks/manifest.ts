import assert from 'node:assert/strict';
import { openBench } from '../probe/bench.js';
import { copied } from '../probe/plain.js';
import type { Check } from './check.js';

/** What a handler says that it can do. */
export const manifestChecks: readonly Check[] = [
  {
    name: 'supports is the same before and after planning, and for every instance',
    async run(bench) {
      const { handler, options, profile } = bench;
      const before = copied(handler.supports);
      const input = await bench.input();
      handler.plan(input);
      handler.memory(input);
      assert.deepEqual(handler.supports, before);
      const other = openBench(options, profile.name);
      assert.deepEqual(other.handler.supports, before);
      other.simulator.close();
    },
  },
];
