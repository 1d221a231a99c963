import { expect, it } from '@jest/globals';
import { definePlugin, type Plugin } from '../../src/index.js';
import { PV, simulated } from '../support/toolstack.js';

it('what a handler throws without a code is told with one', async () => {
  const broken: Plugin = definePlugin({
    name: 'broken',
    contract: 1,
    register(context) {
      const thrown = (): never => {
        throw new TypeError('undefined is not a function');
      };
      const supports = {
        container: 'pv',
        deviceModel: false,
        restore: false,
        cpuid: false,
        superpages: false,
      } as const;
      context.handler({ arch: 'x86', imageType: 'broken', handler: { supports, plan: thrown, memory: thrown } });
    },
  });
  const { toolstack } = simulated({ plugins: [broken] });
  await expect(toolstack.plan({ text: `${PV}type = "broken"\n` })).rejects.toMatchObject({
    code: 'INTERNAL',
    phase: 'plan',
    message: 'undefined is not a function',
  });
});

it('what a driver throws without a code is told with one', async () => {
  const { simulator, toolstack } = simulated();
  simulator.faults.inject({ call: 'Domains.list', throw: new TypeError('no handle') });
  await expect(toolstack.list()).rejects.toMatchObject({ code: 'INTERNAL', message: 'no handle' });
});
