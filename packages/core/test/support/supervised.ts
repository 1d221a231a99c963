import { afterEach } from '@jest/globals';
import type { SimulatorOptions } from '@xen-image/xen-sim';
import {
  definePlugin,
  DEVICE_MODELS,
  EventQueue,
  KEPT_DOMAINS,
  type DeviceModelEvent,
  type DeviceModels,
  type KeptDomain,
  type KeptDomains,
  type SuperviseOptions,
  type SupervisionEvent,
  type Toolstack,
} from '../../src/index.js';
import { simulated } from './toolstack.js';

const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** What is kept of domains, in memory; several toolstacks may share one. */
export function memoryKept() {
  const domains = new Map<string, string>();
  const locks = new Set<string>();
  const kept: KeptDomains = {
    keep: async (domain) => void domains.set(domain.uuid, JSON.stringify(domain)),
    read: async (uuid) => parse(domains.get(uuid)),
    forget: async (uuid) => void domains.delete(uuid),
    list: async () => [...domains.values()].map((text) => JSON.parse(text) as KeptDomain),
    tryLock: async (right) => {
      if (locks.has(right)) return undefined;
      locks.add(right);
      return { release: async () => void locks.delete(right) };
    },
  };
  return { domains, locks, kept };
}

function parse(text: string | undefined): KeptDomain | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as KeptDomain);
}

/** A supervision and what it has told. */
export interface Told {
  readonly events: SupervisionEvent[];
  /** The first event of this kind, or the `nth`, come or yet to come. */
  seen<K extends SupervisionEvent['event']>(event: K, nth?: number): Promise<Extract<SupervisionEvent, { event: K }>>;
  close(): Promise<void>;
  /** Resolves when it ends. */
  readonly ended: Promise<void>;
  /** Its process is gone: nothing of it will ever end. */
  abandon(): void;
}

export function supervised(toolstack: Toolstack, options: SuperviseOptions = {}): Told {
  const supervision = toolstack.supervise(options);
  const events: SupervisionEvent[] = [];
  const waiting: (() => void)[] = [];
  let failure: Error | undefined;
  const wake = (): void => {
    for (const one of waiting.splice(0)) one();
  };
  const ended = (async () => {
    try {
      for await (const event of supervision) {
        events.push(event);
        wake();
      }
    } catch (error) {
      failure = error as Error;
      wake();
    }
  })();
  const close = (): Promise<void> => supervision.close();
  closers.push(close);
  return {
    events,
    close,
    ended,
    abandon: () => void closers.splice(closers.indexOf(close), 1),
    async seen(event, nth = 1) {
      for (;;) {
        const found = events.filter((one) => one.event === event)[nth - 1];
        if (found !== undefined) return found as never;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

/** A simulated host whose toolstack keeps domains, and whose device models' events the test makes. */
export function host(options: SimulatorOptions = {}, memory = memoryKept()) {
  const queues = new Set<EventQueue<DeviceModelEvent>>();
  const watch: NonNullable<DeviceModels['watch']> = (signal) => {
    const queue = new EventQueue<DeviceModelEvent>();
    queues.add(queue);
    queue.push({ event: 'watching', count: 0 });
    signal.addEventListener('abort', () => {
      queue.end();
    });
    return queue;
  };
  const watched = definePlugin({
    name: 'watched-device-models',
    contract: 1,
    register(context) {
      context.port({ token: KEPT_DOMAINS, create: () => memory.kept });
    },
  });
  const made = simulated({ ...options, plugins: [watched] });
  const registered = made.toolstack.registry.ports.get(DEVICE_MODELS)!.value;
  made.toolstack.registry.use(
    definePlugin({
      name: 'watched-device-models/2',
      contract: 1,
      register(context) {
        context.port({
          token: DEVICE_MODELS,
          create: (scope) => ({ ...(registered.create(scope) as DeviceModels), watch }),
          replaces: '@xen-image/xen-sim',
        });
      },
    }),
  );
  return {
    ...made,
    ...memory,
    tell: (event: DeviceModelEvent) => {
      for (const queue of queues) queue.push(event);
    },
  };
}
