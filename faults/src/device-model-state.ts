import { KINDS } from './guests/kinds.js';
import type { Host } from './host/host.js';
import { GUEST } from './host/state.js';
import type { Scenario } from './points/scenario.js';

const STATE = '/run/guest.qemu';

async function runGuest(host: Host): Promise<void> {
  await host.toolstack.create(await host.plan(), { attended: true });
}

/** The guest rests afterwards. */
const save: Scenario = {
  name: 'hvm save of its device model',
  kind: KINDS.hvm,
  prepare: runGuest,
  run: (host, { signal }) => host.toolstack.saveDeviceModel(GUEST, STATE, signal === undefined ? {} : { signal }),
  next: (host) => host.toolstack.recover(),
  leaves: 'entry',
  abortable: true,
};

/** It goes on with another device model. */
const restore: Scenario = {
  ...save,
  name: 'hvm restore of its device model',
  async prepare(host) {
    await runGuest(host);
    await host.toolstack.saveDeviceModel(GUEST, STATE);
  },
  run: async (host, { signal, onWarning }) =>
    host.toolstack.restoreDeviceModel(GUEST, STATE, {
      // Planned here, so that what plugins throw then is met.
      plan: await host.plan(),
      ...(signal === undefined ? {} : { signal }),
      ...(onWarning === undefined ? {} : { onWarning }),
    }),
};

/** Saving and restoring the state of a device model. */
export const DEVICE_MODEL_STATE: readonly Scenario[] = [save, restore];
