import type { Recovered, ShutdownReason, SupervisionEvent } from '@xen-image/core';
import { KINDS, type GuestKind } from './guests/kinds.js';
import type { Host } from './host/host.js';
import { GUEST } from './host/state.js';
import { turn } from './points/outcome.js';
import type { RunOptions, Scenario } from './points/scenario.js';

async function createGuest(host: Host): Promise<number> {
  return (await host.toolstack.create(await host.plan(), { attended: true })).domid;
}

const recover = (host: Host): Promise<readonly Recovered[]> => host.toolstack.recover();

/** A guest is made; everything that fails is undone. */
function create(kind: GuestKind): Scenario {
  return {
    name: `${kind.name} create`,
    kind,
    prepare: () => Promise.resolve(),
    run: async (host, options) => host.toolstack.create(await host.plan(), options),
    next: recover,
    leaves: 'nothing',
    abortable: true,
  };
}

/** A guest that runs is destroyed; what fails is finished later. */
function destroy(kind: GuestKind): Scenario {
  return {
    name: `${kind.name} destroy`,
    kind,
    async prepare(host) {
      await createGuest(host);
    },
    run: (host) => host.toolstack.destroy(GUEST),
    next: recover,
    leaves: 'entry',
    abortable: false,
  };
}

/** Events after which a supervisor has done what was to be done. */
const DONE: readonly SupervisionEvent['event'][] = ['domain-restarted', 'domain-destroyed', 'restart-refused'];

/** Supervises until the guest has been acted on. */
async function superviseUntilDone(host: Host, { signal }: RunOptions): Promise<void> {
  for await (const event of host.toolstack.supervise(signal === undefined ? {} : { signal })) {
    if (event.event === 'failed') throw event.error;
    if (DONE.includes(event.event)) return;
  }
}

/** Turns after which a supervisor that has begun has acted on everything that it found. */
const SETTLED_TURNS = 30;

/** The next supervisor begins, and takes up what it finds. */
async function superviseNext(host: Host): Promise<readonly Recovered[]> {
  const supervision = host.toolstack.supervise();
  const reading = (async () => {
    for await (const event of supervision) if (event.event === 'failed') throw event.error;
  })();
  // Whoever waits for it below is told why it ended.
  reading.catch(() => undefined);
  for (let past = 0; past < SETTLED_TURNS; past += 1) await turn();
  await supervision.close();
  await reading;
  return [];
}

const shutsDown = (reason: ShutdownReason) => async (host: Host) => {
  const domid = await createGuest(host);
  await host.simulator.asDomain(domid).shutdown(reason);
};

const restarted = (kind: GuestKind): Scenario => ({
  name: `${kind.name} restart`,
  kind,
  prepare: shutsDown('reboot'),
  run: superviseUntilDone,
  next: superviseNext,
  leaves: 'task',
  abortable: false,
});

/** A supervisor ends a guest that has shut down. */
const ended = (kind: GuestKind): Scenario => ({
  ...restarted(kind),
  name: `${kind.name} end`,
  prepare: shutsDown('poweroff'),
});

/** A device model that died while nobody watched. */
const orphaned = (kind: GuestKind): Scenario => ({
  ...restarted(kind),
  name: `${kind.name} without its device model`,
  async prepare(host) {
    await host.deviceModelDies(await createGuest(host));
  },
});

/** All scenarios, those of one guest together. */
export const SCENARIOS: readonly Scenario[] = [
  ...Object.values(KINDS).flatMap((kind) => [create(kind), destroy(kind)]),
  restarted(KINDS.pv),
  restarted(KINDS.hvm),
  ended(KINDS.hvm),
  orphaned(KINDS.hvm),
];
