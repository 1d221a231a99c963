import {
  definePlugin,
  DEVICE_MODELS,
  EventQueue,
  KEPT_DOMAINS,
  Toolstack,
  type DeviceModelEvent,
  type DeviceModels,
  type ImagePlan,
  type Plugin,
} from '@xen-image/core';
import { openSimulator, withFaults, type HostSnapshot, type Simulator } from '@xen-image/xen-sim';
import type { GuestKind } from '../guests/kinds.js';
import { KeptInMemory } from './kept.js';
import { GUEST, stateOf, type State } from './state.js';

const HONEST: Meddle = (plugin) => plugin;

type DiedEvent = Extract<DeviceModelEvent, { event: 'died' }>;

/** Changes a plugin before the toolstack gets it: to throw from it, or to plant a defect. */
export type Meddle = (plugin: Plugin) => Plugin;

/** A simulated host with two bystanders, and the toolstack of the process that lives on it at the moment. */
export interface Host {
  readonly simulator: Simulator;
  readonly kept: KeptInMemory;
  /** The present process's. */
  readonly toolstack: Toolstack;
  /** The guest's plan, made anew where the plugins are meddled with. */
  plan(): Promise<ImagePlan>;
  /** The process ends here and now, and another begins. */
  restart(): void;
  /** The device model of a domain dies, and whoever watches is told. */
  deviceModelDies(domid: number): Promise<void>;
  /** The whole state, and the guest's domid where it is there. */
  look(): Promise<{ readonly state: State; readonly snapshot: HostSnapshot; readonly domid: number | undefined }>;
  close(): void;
}

const UUIDS = ['6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01', '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d02'];
const GUEST_UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d03';

/** Plans are data, and the same on every such host. */
const plans = new WeakMap<GuestKind, readonly ImagePlan[]>();

const sourceOf = ({ arch }: GuestKind, text: string, uuid: string) => ({ text, arch, uuid });

async function plansOf(kind: GuestKind, toolstack: Toolstack): Promise<readonly ImagePlan[]> {
  const known = plans.get(kind);
  if (known !== undefined) return known;
  const sources = [...kind.bystanders, kind.text].map((text, index) =>
    sourceOf(kind, text, UUIDS[index] ?? GUEST_UUID),
  );
  const made = await Promise.all(sources.map((source) => toolstack.plan(source)));
  plans.set(kind, made);
  return made;
}

function toolstackOf(kind: GuestKind, ports: readonly Plugin[], meddle: Meddle): Toolstack {
  const plugins = [...ports, ...kind.plugins].map(meddle);
  return new Toolstack({ plugins, profile: kind.profile });
}

/** Opens a host on which the bystanders run. */
export async function openHost(kind: GuestKind, meddle: Meddle = HONEST): Promise<Host> {
  const simulator = openSimulator({
    files: kind.files,
    host: { arch: kind.arch, memoryKib: 1024 * 1024, dom0Kib: 256 * 1024, clock: CLOCK, ...kind.host },
  });
  const kept = new KeptInMemory();
  const queues = new Set<EventQueue<DeviceModelEvent>>();
  const dead: DiedEvent[] = [];
  const ports = [
    simulator.plugin,
    simulator.ia64Plugin,
    keptPlugin(simulator, kept),
    watchPlugin(simulator, queues, dead),
  ];
  const honest = toolstackOf(kind, ports, HONEST);
  const [first, second, plan] = await plansOf(kind, honest);
  if (first === undefined || second === undefined || plan === undefined) throw new TypeError('three plans are due');
  for (const bystander of [first, second]) await honest.create(bystander, { attended: true });
  let toolstack = toolstackOf(kind, ports, meddle);
  return {
    simulator,
    kept,
    get toolstack() {
      return toolstack;
    },
    plan: async () => (meddle === HONEST ? plan : toolstack.plan(sourceOf(kind, kind.text, GUEST_UUID))),
    restart() {
      simulator.crash();
      simulator.faults.clear();
      kept.crash();
      queues.clear();
      toolstack = toolstackOf(kind, ports, meddle);
    },
    async deviceModelDies(domid) {
      const model = (await simulator.inspect()).deviceModels.find((one) => one.domid === domid);
      if (model === undefined) throw new TypeError(`domain ${domid} has no device model`);
      await simulator.killDeviceModel(domid);
      const { name, pid } = model;
      const event: DiedEvent = {
        event: 'died',
        model: { domid, uuid: GUEST_UUID, name, pid, logPath: '/var/log/xen/qemu.log' },
        adopted: false,
        end: { how: 'signal', signal: 'SIGKILL' },
        message: `pid ${pid}: died due to signal SIGKILL`,
        said: [],
      };
      dead.push(event);
      for (const queue of queues) queue.push(event);
    },
    async look() {
      const snapshot = await simulator.inspect();
      const named = snapshot.domains.filter(
        ({ domid }) => snapshot.store[`/local/domain/${domid}/name`]?.value === GUEST,
      );
      return { state: stateOf(snapshot, kept), snapshot, domid: named[0]?.domid };
    },
    close() {
      simulator.close();
    },
  };
}

const CLOCK = { nowEpochSeconds: 1_700_000_000, zoneOffsetSeconds: 0 };

function keptPlugin({ faults }: Simulator, kept: KeptInMemory): Plugin {
  return definePlugin({
    name: 'faults/kept',
    contract: 1,
    register(context) {
      context.port({
        token: KEPT_DOMAINS,
        create: () => withFaults('KeptDomains', kept.port(), { injector: faults }),
      });
    },
  });
}

/** The simulator's device models with events: what kills one tells whoever watches. */
function watchPlugin(
  { plugin }: Simulator,
  queues: Set<EventQueue<DeviceModelEvent>>,
  dead: readonly DiedEvent[],
): Plugin {
  const watch: NonNullable<DeviceModels['watch']> = (signal) => {
    const queue = new EventQueue<DeviceModelEvent>();
    queues.add(queue);
    for (const died of dead) queue.push({ ...died, adopted: true });
    queue.push({ event: 'watching', count: 0 });
    signal.addEventListener('abort', () => {
      queue.end();
      queues.delete(queue);
    });
    return queue;
  };
  return definePlugin({
    name: 'faults/watch',
    contract: 1,
    register(context) {
      plugin.register({
        ...context,
        port: (registration) => {
          if (registration.token !== DEVICE_MODELS) return;
          context.port({
            ...registration,
            replaces: plugin.name,
            create: (scope) => ({ ...(registration.create(scope) as object), watch }) as never,
          });
        },
      });
    },
  });
}
