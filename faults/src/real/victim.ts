// A process that creates or destroys a guest, and is killed on the way. The hypervisor it drives is its parent's.
import {
  definePlugin,
  JOURNAL,
  KEPT_DOMAINS,
  POSIX,
  Toolstack,
  XenImageError,
  type Plugin,
  type Token,
} from '@xen-image/core';
import { qemuProcessPlugin } from '@xen-image/dm-qemu';
import { posixPlugin } from '@xen-image/posix';
import { withFaults } from '@xen-image/xen-sim';
import { xenStorePlugin } from '@xen-image/xenstore';
import { GUEST } from '../host/state.js';
import { changed, GUEST_PLUGINS } from './host.js';
import { HYPERVISOR_TOKENS } from './hypervisor.js';
import type { Methods, Question, Reply, Task } from './letters.js';
import { StepInjector } from './steps.js';

type Body = Question extends infer One ? (One extends Question ? Omit<One, 'id'> : never) : never;

const waiting = new Map<number, (reply: Reply) => void>();
let lastId = 0;

function ask(body: Body): Promise<unknown> {
  lastId += 1;
  const id = lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, (reply) => {
      if (!('error' in reply)) {
        resolve(reply.answer);
        return;
      }
      const { code, message, errno } = reply.error;
      reject(new XenImageError(code, message, errno === undefined ? {} : { errno }));
    });
    process.send?.({ id, ...body });
  });
}

/** The hypervisor's ports: each call goes to the parent. */
function remotePlugin(methods: Methods): Plugin {
  return definePlugin({
    name: 'faults/remote',
    contract: 1,
    register(context) {
      for (const [port, names] of Object.entries(methods)) {
        const calls = names.map((name) => [
          name,
          name === 'warn' ? () => undefined : (...args: unknown[]) => ask({ call: `${port}.${name}`, args }),
        ]);
        context.port({
          token: HYPERVISOR_TOKENS[port] as Token<object>,
          create: () => Object.fromEntries(calls) as object,
        });
      }
    },
  });
}

const NAMES = new Map<symbol, string>([
  [POSIX, 'Posix'],
  [JOURNAL, 'Journal'],
  [KEPT_DOMAINS, 'KeptDomains'],
]);

/** Ports whose calls are steps: each waits until the parent lets it go on. */
function stepping(plugin: Plugin): Plugin {
  const injector = new StepInjector(async (when, step) => {
    await ask({ when, step });
  });
  return changed(plugin, `${plugin.name}/steps`, (registration) => ({
    ...registration,
    create: (scope) =>
      withFaults(NAMES.get(registration.token as symbol) ?? 'Port', registration.create(scope) as object, {
        injector,
      }) as never,
  }));
}

async function work({ does, source, places, methods }: Task): Promise<void> {
  const toolstack = new Toolstack({
    plugins: [
      remotePlugin(methods),
      xenStorePlugin({ address: places.address }),
      stepping(posixPlugin(places.posix)),
      qemuProcessPlugin(places.deviceModels),
      ...GUEST_PLUGINS,
    ],
  });
  if (does === 'destroy') await toolstack.destroy(GUEST);
  else await toolstack.create(await toolstack.plan(source), { attended: true });
}

process.on('message', (message: Task | Reply) => {
  if ('id' in message) {
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
    return;
  }
  work(message).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
});
