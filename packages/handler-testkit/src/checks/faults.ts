import assert from 'node:assert/strict';
import { isXenImageError } from '@xen-image/core/plugin';
import { errnosOf, type Fault } from '@xen-image/xen-sim';
import { openBench, type Bench } from '../probe/bench.js';
import { CODE } from '../probe/plan-parts.js';
import type { Check } from './check.js';

/** The calls that creating a guest makes when nothing goes wrong. */
async function callsOfCreating(bench: Bench): Promise<readonly string[]> {
  const own = openBench(bench.options, bench.profile.name);
  const plan = await own.plan();
  const recorded = own.simulator.faults.record();
  await own.toolstack.create(plan);
  const calls = recorded.map(({ call }) => call);
  own.simulator.close();
  return calls;
}

function assertCoded(error: unknown, place: string): void {
  assert.ok(isXenImageError(error), `${place}: fails with ${String(error)}, which has no code`);
  assert.match(error.code, CODE, place);
  assert.ok(error.message.trim() !== '', `${place}: fails without a message`);
  assert.equal(error.data?.['leftBehind'], undefined, `${place}: ${error.message}`);
}

/** Creates a guest with a fault in the n-th call; whatever comes of it, nothing may be left when it is over. */
async function suffer(bench: Bench, fault: Fault, place: string): Promise<void> {
  const own = openBench(bench.options, bench.profile.name);
  try {
    const plan = await own.plan();
    const before = await own.state();
    own.simulator.faults.inject(fault);
    const outcome: unknown = await own.toolstack.create(plan).then(
      () => undefined,
      (error: unknown) => error ?? new Error('nothing was thrown'),
    );
    own.simulator.faults.clear();
    if (outcome === undefined) await own.toolstack.destroy(plan.config.name);
    else assertCoded(outcome, place);
    if (place.includes('Journal.')) {
      // An entry that could not be written or closed is its process's until that ends; the next one tidies up.
      own.simulator.crash();
      await own.toolstack.recover();
    }
    assert.deepEqual(await own.state(), before, `${place}: something is left behind`);
  } finally {
    own.simulator.close();
  }
}

/** A creation that fails at any call gives everything back. */
export const faultChecks: readonly Check[] = [
  {
    name: 'a call that is refused, whichever and however, fails with a code and leaves nothing behind',
    async run(bench) {
      const calls = await callsOfCreating(bench);
      for (const [index, call] of calls.entries()) {
        for (const errno of errnosOf(call)) {
          await suffer(bench, { nth: index + 1, refuse: errno }, `call ${index + 1}, ${call}, refused with ${errno}`);
        }
      }
    },
  },
  {
    name: 'a call whose answer is lost, whichever, leaves nothing behind',
    async run(bench) {
      const calls = await callsOfCreating(bench);
      for (const [index, call] of calls.entries()) {
        const [errno = 'EIO'] = errnosOf(call);
        await suffer(bench, { nth: index + 1, lose: errno }, `call ${index + 1}, ${call}, carried out with no answer`);
      }
    },
  },
  {
    name: 'a driver that throws what has no code is told as a coded error, and leaves nothing behind',
    async run(bench) {
      const calls = await callsOfCreating(bench);
      for (const [index, call] of calls.entries()) {
        const thrown = new TypeError('thrown by the suite');
        await suffer(bench, { nth: index + 1, throw: thrown }, `call ${index + 1}, ${call}, throws`);
      }
    },
  },
];
