import assert from 'node:assert/strict';
import { renderDeviceModel, Results, runActions, UndoStack, Operation } from '@xen-image/core';
import { DOMAINS, MEMORY } from '@xen-image/core/plugin';
import { refsIn } from '../probe/plan-parts.js';
import type { Check } from './check.js';

/** Results that are there for a guest that is restored. */
const KNOWN = ['domid', 'uuid'];

/** Making a guest from saved state. */
export const restoreChecks: readonly Check[] = [
  {
    name: 'what restoring repeats stands on its own, and can be done to a new domain',
    applies: ({ restore }) => restore,
    async run(bench) {
      const plan = await bench.plan();
      const { restore } = plan.actions;
      for (const ref of restore.flatMap(refsIn)) {
        assert.ok(KNOWN.includes(ref), `restoring refers to ${ref}, which only building leaves`);
      }
      for (const { kind } of restore) assert.notEqual(kind, 'build', 'a guest that is restored is built again');
      const { registry } = bench.toolstack;
      const operation = new Operation(registry);
      const domid = await operation.get(DOMAINS).create(plan.domain);
      await operation.get(MEMORY).setMaxMemory(domid, plan.memory.maxMemory.value);
      await operation.get(DOMAINS).setMaxVcpus(domid, plan.domain.maxVcpus);
      const { name, uuid } = plan.config;
      await runActions(restore, 'restore', {
        domid,
        uuid,
        name,
        results: new Results({ domid, uuid }),
        undo: new UndoStack(),
        checks: 'in-order',
        port: (token) => operation.get(token),
        actionKind: (kind) => registry.actionKinds.get(kind)?.value,
        warn: () => undefined,
      });
      await operation.get(DOMAINS).destroy(domid);
      await operation.close();
    },
  },
  {
    name: 'the device model is told to restore, where a guest is restored, and not else',
    applies: ({ restore, deviceModel, container }) => restore && deviceModel && container === 'hvm',
    async run(bench) {
      const { deviceModel } = await bench.plan();
      assert.ok(
        Object.values(deviceModel.args)
          .flat()
          .some(({ arg }) => arg === 'restore'),
        'the device model of a restored guest is not told of its state',
      );
      const dialect = bench.toolstack.registry.dialect(deviceModel.dialect);
      const argv = (restore: boolean): readonly string[] =>
        renderDeviceModel(deviceModel, dialect, { domid: 7, restore }).argv;
      assert.notDeepEqual(argv(true), argv(false));
    },
  },
  {
    name: 'nothing speaks of saved state where the manifest has no restoring',
    applies: ({ restore }) => !restore,
    async run(bench) {
      const { deviceModel } = await bench.plan();
      assert.ok(
        !Object.values(deviceModel.args)
          .flat()
          .some(({ arg }) => arg === 'restore'),
      );
    },
  },
];
