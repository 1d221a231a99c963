import assert from 'node:assert/strict';
import type { ImagePlan } from '@xen-image/core';
import { isXenImageError } from '@xen-image/core/plugin';
import { openBench, servedShapes, type Bench } from '../probe/bench.js';
import type { GuestSettings } from '../options.js';
import { expectedCalls, madeCalls } from '../probe/expected-calls.js';
import { creation, specOf } from '../probe/plan-parts.js';
import type { Check } from './check.js';

const KIB_PER_MIB = 1024;
/** The pages under the VGA window, which an HVM guest is not populated with. */
const VGA_WINDOW_KIB = 128;

/** Creates a guest on a bench of its own, and lets go of the bench. */
async function creating(
  bench: Bench,
  settings: GuestSettings,
  look: (own: Bench, plan: ImagePlan, domid: number) => Promise<void>,
): Promise<void> {
  const own = openBench(bench.options, bench.profile.name);
  try {
    const plan = await own.plan(settings);
    const { domid } = await own.toolstack.create(plan, { paused: true });
    await look(own, plan, domid);
  } finally {
    own.simulator.close();
  }
}

/** The files that a plan's build opens. */
function filesOf(plan: ImagePlan): string[] {
  const spec = specOf(plan);
  const named = [spec?.kernel, spec?.ramdisk?.value, spec?.firmware, ...(spec?.modules ?? []).map(({ path }) => path)];
  return named.filter((path): path is string => typeof path === 'string' && path !== '');
}

/** What is done is what was planned. */
export const buildChecks: readonly Check[] = [
  {
    name: 'creating makes the calls that the plan says, in its order and with its values',
    async run(bench) {
      for (const { shape, settings } of await servedShapes(bench)) {
        const own = openBench(bench.options, bench.profile.name);
        const plan = await own.plan(settings);
        const recorded = own.simulator.faults.record();
        await own.toolstack.create(plan);
        const made = madeCalls(recorded);
        const expected = expectedCalls(plan);
        const foreign = creation(plan).some(({ action }) => action.kind.includes(':'));
        const names = made.map(({ call }) => call);
        if (!foreign)
          assert.deepEqual(
            names,
            expected.map(({ call }) => call),
            shape,
          );
        let at = 0;
        for (const { call, args } of expected) {
          at = names.indexOf(call, at);
          assert.ok(at >= 0, `${shape}: ${call} was planned and not made`);
          assert.deepEqual(made[at]?.args.slice(0, args.length), args, `${shape}: ${call}`);
          at += 1;
        }
        own.simulator.close();
      }
    },
  },
  {
    name: 'the domain has the limit, the paging pool, the vcpus and the memory that were planned',
    async run(bench) {
      for (const { shape, settings } of await servedShapes(bench)) {
        await creating(bench, settings, async ({ simulator, profile }, plan, domid) => {
          const domain = (await simulator.inspect()).domains.find((one) => one.domid === domid);
          assert.ok(domain?.built === true, `${shape}: the guest was not built`);
          const { memory } = plan;
          assert.equal(domain.maxMemoryKib, memory.maxMemory.value, `${shape}: the limit`);
          assert.equal(domain.pagingPoolKib, memory.pagingPool.value, `${shape}: the paging pool`);
          assert.equal(domain.vcpus, plan.config.vcpus.maximum, `${shape}: vcpus`);
          assert.deepEqual({ ...domain.spec }, { ...plan.domain }, `${shape}: the domain`);
          const least = Math.floor(memory.initialReservation.value / KIB_PER_MIB) * KIB_PER_MIB - VGA_WINDOW_KIB;
          const held = domain.memoryKib + (domain.onDemand?.cacheKib ?? 0);
          assert.ok(held >= least, `${shape}: ${held} KiB of ${memory.initialReservation.value} KiB were populated`);
          assert.ok(profile.name !== '' && domain.memoryKib <= domain.maxMemoryKib, `${shape}: more than its limit`);
        });
      }
    },
  },
  {
    name: 'xenstore is told of the page and the channel that the builder set up',
    async run(bench) {
      const { simulator, toolstack } = bench;
      const recorded = simulator.faults.record();
      const { domid, results } = await toolstack.create(await bench.plan());
      const domain = (await simulator.inspect()).domains.find((one) => one.domid === domid);
      const told = recorded.find(({ call }) => call === 'XenStore.introduce')?.args.slice(0, 3);
      assert.deepEqual(told, [domid, domain?.storeFrame, results['storePort']]);
      assert.equal(results['consoleFrame'], domain?.consoleFrame, 'the console has another page');
    },
  },
  {
    name: 'a guest that is destroyed leaves nothing behind',
    async run(bench) {
      for (const { shape, settings } of await servedShapes(bench)) {
        const own = openBench(bench.options, bench.profile.name);
        const before = await own.state();
        const { domid } = await own.toolstack.create(await own.plan(settings));
        await own.toolstack.destroy(domid);
        assert.deepEqual(await own.state(), before, `${shape} leaves something behind`);
        own.simulator.close();
      }
    },
  },
  {
    name: 'two guests live side by side, and the end of one is not the other’s',
    async run(bench) {
      const { toolstack, simulator } = bench;
      const first = await toolstack.create(await bench.plan());
      const alone = await simulator.inspect();
      const other = { name: '"other"', uuid: '"6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d02"' };
      const second = await toolstack.create(await bench.plan(other));
      await toolstack.destroy(second.domid);
      const after = await simulator.inspect();
      assert.deepEqual(after.store, alone.store);
      assert.deepEqual(after.domains, alone.domains);
      await toolstack.destroy(first.domid);
    },
  },
  {
    name: 'a file that is missing is refused before anything is made, by a code of its own',
    async run(bench) {
      if (!bench.profile.policy.fileChecks.firmware) return;
      for (const path of filesOf(await bench.plan())) {
        const own = openBench(bench.options, bench.profile.name, { files: { [path]: 'absent' } });
        const recorded = own.simulator.faults.record();
        await assert.rejects(own.toolstack.create(await own.plan()), (error) => {
          assert.ok(isXenImageError(error) && error.code !== 'INTERNAL', String(error));
          assert.ok(error.message.includes(path), `${error.message} does not name ${path}`);
          return true;
        });
        const made = recorded.map(({ call }) => call);
        assert.ok(!made.includes('Domains.create'), `${path} is missed only once a domain was made`);
        own.simulator.close();
      }
    },
  },
];
