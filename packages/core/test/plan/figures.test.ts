import { describe, expect, it } from '@jest/globals';
import type { Reading } from '../../src/index.js';
import { readModern } from '../../src/config/modern/read.js';
import { hostFacts } from '../support/host.js';
import { PV, simulated } from '../support/toolstack.js';

describe('a configuration that a program made', () => {
  const { config, findings } = readModern({ text: PV, host: hostFacts() });
  const { toolstack } = simulated();
  const none = [NaN, Infinity, -1, 0.5, 2 ** 53, '64' as unknown as number];

  it.each(none)('is refused where a figure of its memory is %p', async (figure) => {
    for (const key of ['targetKib', 'maximumKib', 'shadowKib'] as const) {
      const reading: Reading = { config: { ...config, memory: { ...config.memory, [key]: figure } }, findings };
      await expect(toolstack.plan(reading)).rejects.toMatchObject({
        code: 'CONFIG_VALUE',
        message: expect.stringContaining(`memory.${key} is ${String(figure)}`),
      });
    }
  });

  it.each(none)('is refused where a number of its vcpus is %p', async (figure) => {
    for (const key of ['maximum', 'online'] as const) {
      const reading: Reading = { config: { ...config, vcpus: { ...config.vcpus, [key]: figure } }, findings };
      await expect(toolstack.plan(reading)).rejects.toMatchObject({ code: 'CONFIG_VALUE' });
    }
  });

  it('is planned as it is elsewise', async () => {
    expect((await toolstack.plan({ config, findings })).config).toEqual(config);
  });
});
