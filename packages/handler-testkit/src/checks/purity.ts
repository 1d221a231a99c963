import assert from 'node:assert/strict';
import type { Figure, HandlerInput, ImageHandler } from '@xen-image/core/plugin';
import { openBench, servedShapes } from '../probe/bench.js';
import { copied, deepFreeze, isThenable, notPlain } from '../probe/plain.js';
import { lookedAt } from '../probe/traps.js';
import type { Check } from './check.js';
import { figuresOf } from './figures.js';

/** All that a handler decides about a guest, as data. */
function decisions(handler: ImageHandler, input: HandlerInput): { plan: unknown; figures: readonly Figure[] } {
  return { plan: handler.plan(input), figures: figuresOf(handler.memory(input), input) };
}

async function inputs(bench: Parameters<Check['run']>[0]): Promise<HandlerInput[]> {
  const all: HandlerInput[] = [];
  for (const { settings } of await servedShapes(bench)) all.push(await bench.input(settings));
  return all;
}

/** A handler is a function from its input to data, and nothing else. */
export const purityChecks: readonly Check[] = [
  {
    name: 'the same input gives the same decisions, whatever was decided in between',
    async run(bench) {
      const { handler, options, profile } = bench;
      const shapes = await inputs(bench);
      const alone = shapes.map((input) => {
        const own = openBench(options, profile.name);
        const decided = copied(decisions(own.handler, input));
        own.simulator.close();
        return decided;
      });
      assert.deepEqual(
        shapes.map((input) => decisions(handler, input)),
        alone,
      );
      const backwards = shapes.toReversed().map((input) => decisions(handler, input));
      assert.deepEqual(backwards.reverse(), alone);
    },
  },
  {
    name: 'the input stays as it was',
    async run(bench) {
      for (const input of await inputs(bench)) {
        const before = copied(input);
        const frozen = deepFreeze(input);
        decisions(bench.handler, frozen);
        assert.deepEqual(frozen, before);
      }
    },
  },
  {
    name: 'what it answers is its own: changing an answer changes no other',
    async run(bench) {
      const input = await bench.input();
      const { plan } = decisions(bench.handler, input) as { plan: { actions: { build: { spec?: object }[] } } };
      const untouched = copied(bench.handler.plan(input));
      for (const action of plan.actions.build) {
        const { spec } = action;
        if (spec !== undefined && !Object.isFrozen(spec))
          Object.assign(spec, { targetMib: -1, commandLine: 'changed' });
      }
      assert.deepEqual(bench.handler.plan(input), untouched);
    },
  },
  {
    name: 'no clock, chance, environment, file, process or network is looked at',
    async run(bench) {
      const shapes = await inputs(bench);
      const seen = lookedAt(() => {
        for (const input of shapes) decisions(bench.handler, input);
      });
      assert.deepEqual(seen, [], `planning looks at ${seen.join(', ')}; a handler decides from its input alone`);
    },
  },
  {
    name: 'decisions are plain data, there at once',
    async run(bench) {
      for (const input of await inputs(bench)) {
        const { plan, figures } = decisions(bench.handler, input);
        assert.ok(!isThenable(plan), 'plan answers a promise');
        assert.deepEqual(notPlain(plan, 'plan'), []);
        assert.deepEqual(notPlain(figures, 'memory'), []);
      }
    },
  },
];
