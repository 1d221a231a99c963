import assert from 'node:assert/strict';
import type { ImagePlan } from '@xen-image/core';
import { CORE_ACTION_KINDS, isXenImageError, STEPS, type Action } from '@xen-image/core/plugin';
import { servedShapes, type Bench } from '../probe/bench.js';
import { CODE, creation, errorOf, leaves, refsIn, specOf } from '../probe/plan-parts.js';
import type { Check } from './check.js';

const KIB_PER_MIB = 1024;

async function plans(bench: Bench): Promise<(readonly [string, ImagePlan])[]> {
  const all: (readonly [string, ImagePlan])[] = [];
  for (const { shape, settings } of await servedShapes(bench)) all.push([shape, await bench.plan(settings)]);
  return all;
}

function assertAction(action: Action, kinds: ReadonlySet<string>, bench: Bench): void {
  const { kind, section } = action as { kind: unknown; section: unknown };
  assert.ok(typeof kind === 'string', 'an action has no kind');
  assert.ok(
    kinds.has(kind) || bench.toolstack.registry.actionKinds.get(kind) !== undefined,
    `no one registered ${kind}`,
  );
  assert.ok(typeof section === 'string' && section !== '', `an action of kind ${kind} is in no section`);
  const error = errorOf(action);
  if (error === undefined) return;
  assert.match(error.code, CODE, `the code of ${kind} has another form`);
  assert.ok(error.message.trim().length > 0, `${kind} refuses without a message`);
}

/** What a plan says, before anything of it is done. */
export const planChecks: readonly Check[] = [
  {
    name: 'manifest, domain and build speak of the same container',
    async run(bench) {
      const { container } = bench.handler.supports;
      for (const [shape, plan] of await plans(bench)) {
        assert.equal(plan.domain.container, container, `${shape}: the domain`);
        assert.equal(specOf(plan)?.container, container, `${shape}: the build`);
        if (container === 'pv') assert.equal(plan.domain.hap, false, 'a PV domain has no hardware-assisted paging');
      }
    },
  },
  {
    name: 'a guest is built once, in the step of that name',
    async run(bench) {
      for (const [shape, plan] of await plans(bench)) {
        const steps = creation(plan)
          .filter(({ action }) => action.kind === 'build')
          .map(({ step }) => step);
        assert.deepEqual(steps, ['build'], shape);
      }
    },
  },
  {
    name: 'the build is told the sizes that the memory figures give, all vcpus, and both channels',
    async run(bench) {
      for (const [shape, plan] of await plans(bench)) {
        const spec = specOf(plan);
        assert.ok(spec !== undefined, `${shape} is not built`);
        const mib = (kib: number): number => Math.floor(kib / KIB_PER_MIB);
        assert.equal(spec.targetMib, mib(plan.memory.initialReservation.value), `${shape}: targetMib`);
        assert.equal(spec.maximumMib, mib(plan.memory.maximumReservation.value), `${shape}: maximumMib`);
        assert.equal(spec.vcpus, plan.domain.maxVcpus, `${shape}: vcpus`);
        assert.deepEqual(spec.channels, { store: { ref: 'storePort' }, console: { ref: 'consolePort' } }, shape);
      }
    },
  },
  {
    name: 'actions are of known kinds, in a section, and refuse with codes',
    async run(bench) {
      const kinds = new Set<string>(CORE_ACTION_KINDS);
      for (const [, plan] of await plans(bench))
        for (const { action } of creation(plan)) assertAction(action, kinds, bench);
    },
  },
  {
    name: 'a result is referred to only behind what leaves it',
    async run(bench) {
      for (const [shape, plan] of await plans(bench)) {
        const known = new Set(['domid', 'uuid', 'startTime', 'deviceModelOptions']);
        const foreign = creation(plan).some(({ action }) => action.kind.includes(':'));
        for (const step of STEPS) {
          for (const action of plan.actions[step]) {
            for (const ref of refsIn(action)) {
              // What a kind of the plugin's own leaves is seen when the guest is created.
              if (!foreign)
                assert.ok(
                  known.has(ref),
                  `${shape}: ${action.kind} in ${step} refers to ${ref}, which is not there yet`,
                );
            }
            for (const name of leaves(action)) known.add(name);
          }
          if (step === 'configure') for (const port of ['storePort', 'consolePort']) known.add(port);
        }
      }
    },
  },
  {
    name: 'a kind of its own is told in one line',
    async run(bench) {
      for (const [, plan] of await plans(bench)) {
        for (const { action } of creation(plan)) {
          const registered = bench.toolstack.registry.actionKinds.get(action.kind);
          if (registered === undefined) continue;
          const line = registered.value.describe(action as never);
          assert.match(line, /^[^\n]+$/, `${action.kind} describes itself as ${JSON.stringify(line)}`);
        }
      }
    },
  },
  {
    name: 'there is no device model where the manifest has none',
    applies: ({ deviceModel }) => !deviceModel,
    async run(bench) {
      for (const [shape, plan] of await plans(bench)) {
        assert.equal(plan.deviceModel.program, null, `${shape} has a device model`);
        assert.notEqual(specOf(plan)?.deviceModel, true, `${shape} is built for a device model`);
      }
    },
  },
  {
    name: '2 MiB extents alone are asked for where the configuration wants them, and a size they cannot make is refused',
    applies: ({ superpages }) => superpages,
    async run(bench) {
      const even = await bench.plan({ superpages: 1 });
      assert.equal(specOf(even)?.extents.value, 'all2M');
      const { simulator, toolstack } = bench;
      const { domid } = await toolstack.create(even);
      const domain = (await simulator.inspect()).domains.find((one) => one.domid === domid);
      assert.ok(domain?.physmap.every(([, mfn]) => mfn % 512 === 0) === true, 'the guest has other extents');
      if (bench.profile.policy.refuseUnevenSuperpages) await assertRefused(bench.plan({ superpages: 1, memory: 63 }));
    },
  },
  {
    name: '2 MiB extents alone are refused where the manifest has none',
    applies: ({ superpages }) => !superpages,
    async run(bench) {
      const input = await bench.input();
      const boot = { ...input.config.boot, extents: { value: 'all2M', spelling: 1 } } as const;
      const wanting = bench.vary(input, { boot }, { refuseUnevenSuperpages: true });
      await assertRefused(Promise.resolve().then(() => bench.handler.plan(wanting)));
    },
  },
  {
    name: 'CPUID masks reach the domain',
    applies: ({ cpuid }) => cpuid,
    async run(bench) {
      const masks = { eax: `${'x'.repeat(31)}0` };
      const leaf = { key: '1', leaf: 1, subleaf: null, masks } as const;
      const input = await bench.input();
      const { actions } = bench.handler.plan(bench.vary(input, { cpuid: { set: [leaf], check: [] } }));
      assert.ok(
        actions.cpuid.some(({ kind }) => kind === 'apply-cpu-policy'),
        'no action gives the domain its policy',
      );
      const given = JSON.stringify(actions.cpuid);
      assert.ok(given.includes(masks.eax), `the configured mask is not in ${given}`);
      const unset = bench.handler.plan(bench.vary(input, { cpuid: { set: [], check: [leaf] } })).actions.cpuid;
      assert.ok(
        unset.some(({ kind }) => kind === 'check-cpuid'),
        'a leaf to be checked is not checked',
      );
    },
  },
  {
    name: 'CPUID is left alone where the manifest takes no masks',
    applies: ({ cpuid }) => !cpuid,
    async run(bench) {
      const { actions } = bench.handler.plan(await bench.input());
      assert.ok(!actions.cpuid.some(({ kind }) => kind === 'set-cpuid' || kind === 'check-cpuid'));
    },
  },
];

async function assertRefused(planned: Promise<unknown>): Promise<void> {
  await assert.rejects(planned, (error) => {
    assert.ok(isXenImageError(error), `it is refused with ${String(error)}, which has no code`);
    assert.match(error.code, CODE);
    return true;
  });
}
