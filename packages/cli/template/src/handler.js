import { actions } from './build.js';
import { deviceModel } from './device-model.js';
import { memory } from './memory.js';

/**
 * The handler: functions from a configuration and host facts to plain data. It looks at nothing else, keeps nothing, and
 * changes nothing.
 *
 * @type {import('@xen-image/core/plugin').ImageHandler}
 */
export const handler = {
  // TODO: say what your guests can have. The conformance suite chooses its tests by it.
  supports: { container: 'pv', deviceModel: false, restore: false, cpuid: true, superpages: false },
  memory,
  plan: (input) => ({
    // TODO: what the guest calls its system, for the record.
    ostype: '__TYPE__',
    // TODO: for an HVM container: { container: 'hvm', hap: true, emulation: 'lapic' }.
    domain: { container: 'pv', hap: false, emulation: 'none' },
    actions: actions(input, memory(input)),
    deviceModel: deviceModel(),
  }),
};
