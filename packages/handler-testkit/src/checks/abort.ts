import assert from 'node:assert/strict';
import { isXenImageError } from '@xen-image/core/plugin';
import { openBench, type Bench } from '../probe/bench.js';
import type { Check } from './check.js';

/** Creates a guest, aborts at the n-th call, and looks at what is left. Answers whether there was an n-th call. */
async function abortAt(bench: Bench, nth: number, when: 'before' | 'after'): Promise<boolean> {
  const own = openBench(bench.options, bench.profile.name);
  try {
    const plan = await own.plan();
    const before = await own.state();
    const controller = new AbortController();
    let reached: string | undefined;
    own.simulator.faults.inject({
      nth,
      [when]: ({ call }: { readonly call: string }) => {
        reached = call;
        controller.abort();
      },
    });
    const outcome: unknown = await own.toolstack.create(plan, { signal: controller.signal }).then(
      () => undefined,
      (error: unknown) => error,
    );
    own.simulator.faults.clear();
    const place = `aborted ${when} call ${nth}, ${reached ?? ''}`;
    if (outcome === undefined) await own.toolstack.destroy(plan.config.name);
    else {
      assert.ok(isXenImageError(outcome), `${place}: what is thrown has no code`);
      assert.equal(outcome.code, 'ABORTED', `${place}: ${outcome.message}`);
    }
    assert.deepEqual(await own.state(), before, `${place}: something is left behind`);
    return reached !== undefined;
  } finally {
    own.simulator.close();
  }
}

/** A creation that is aborted at any await gives everything back. */
export const abortChecks: readonly Check[] = (['before', 'after'] as const).map((when) => ({
  name: `an abort ${when} any call ends the creation and leaves nothing behind`,
  async run(bench) {
    for (let nth = 1; await abortAt(bench, nth, when); nth += 1);
  },
}));
