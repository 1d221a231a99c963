import type { HandlerSupports } from '@xen-image/core/plugin';
import { ALL } from './checks/all.js';
import type { Check } from './checks/check.js';
import type { HandlerSuiteOptions } from './options.js';
import { openBench } from './probe/bench.js';

/**
 * Registers the conformance tests of an image handler with a test runner.
 *
 * Which tests there are is chosen by the handler's manifest (`supports`) alone: one that says it takes CPUID masks is
 * tested with them, one that does not is tested to leave them alone. Each test has a plugin and a simulated host of its
 * own. Where a toolstack does not take the plugin in, because it speaks another contract or has no such handler, there is
 * one test, which fails with the toolstack's error.
 *
 * @throws TypeError for options without a runner or a factory
 */
export function handlerSuite(options: HandlerSuiteOptions): void {
  const { test, profiles = ['modern'] } = options;
  if (typeof test !== 'function') throw new TypeError('handlerSuite needs the test function of a runner as `test`');
  if (typeof options.factory !== 'function')
    throw new TypeError('handlerSuite needs a `factory` that makes the plugin');
  for (const profile of profiles) {
    const onBench = (run: Check['run']) => async (): Promise<void> => {
      const bench = openBench(options, profile);
      try {
        await run(bench);
      } finally {
        bench.simulator.close();
      }
    };
    test(
      `${profile}: a toolstack takes the plugin, which speaks its contract, and finds the handler`,
      onBench(() => undefined),
    );
    const supports = manifestOf(options, profile);
    if (supports === undefined) continue;
    for (const { name, applies, run } of ALL) {
      if (applies?.(supports) !== false) test(`${profile}: ${name}`, onBench(run));
    }
  }
}

/** The handler's manifest; nothing where no toolstack takes the plugin, which the first test tells of. */
function manifestOf(options: HandlerSuiteOptions, profile: string): HandlerSupports | undefined {
  try {
    const { handler, simulator } = openBench(options, profile);
    simulator.close();
    return { ...handler.supports };
  } catch {
    return undefined;
  }
}
