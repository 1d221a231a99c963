import { describe, expect, it } from '@jest/globals';
import { handlerSuite, type HandlerSuiteOptions } from '@xen-image/handler-testkit';
import { DEFECTS } from './defects.js';
import { plugin, SAMPLES, type Kind } from './samples.js';

/** The tests that the suite registers, by name. */
function testsOf(options: Omit<HandlerSuiteOptions, 'test'>): Map<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>();
  handlerSuite({ ...options, test: (name, body) => tests.set(name.replace(/^modern: /, ''), body) });
  return tests;
}

describe.each<Kind>(['linux', 'hvm'])('a handler for %s that is as it should be', (kind) => {
  handlerSuite({ test: it, factory: () => plugin(kind, SAMPLES[kind]), imageType: kind });
});

describe('a handler that', () => {
  it.each(DEFECTS.map((defect) => [defect.name, defect] as const))('%s is found out', async (_, defect) => {
    const { kind, factory, options, found } = defect;
    const tests = testsOf({ factory, imageType: kind, ...options });
    const named = [...tests].filter(([name]) => name.startsWith(found));
    expect(named.map(([name]) => name)).toHaveLength(1);
    await expect(named[0]![1]()).rejects.toThrow();
  });

  it('has a defect is found out by the test that looks for it, and there is such a defect for every test', () => {
    const all = new Set([
      ...testsOf({ factory: () => plugin('linux', SAMPLES.linux), imageType: 'linux' }).keys(),
      ...testsOf({ factory: () => plugin('hvm', SAMPLES.hvm), imageType: 'hvm' }).keys(),
    ]);
    const unproven = [...all].filter((name) => !DEFECTS.some(({ found }) => name.startsWith(found)));
    expect(unproven).toEqual([]);
  });
});
