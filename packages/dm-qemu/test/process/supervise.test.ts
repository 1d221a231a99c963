import { describe, expect, it } from '@jest/globals';
import {
  definePlugin,
  DEVICE_MODELS,
  KEPT_DOMAINS,
  Toolstack,
  XENSTORE,
  type DeviceModels,
  type Plugin,
  type SupervisionEvent,
} from '@xen-image/core';
import hvm from '@xen-image/handler-x86-hvm';
import { fileKeptDomains } from '@xen-image/posix';
import { openSimulator } from '@xen-image/xen-sim';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { qemuDialectsPlugin } from '../../src/index.js';
import { createChildren } from '../../src/process/children.js';
import { deviceModelsPort } from '../../src/process/device-models.js';
import { cleanUp, FAKE, posix, runs, until } from '../support/machine.js';

const GUEST = 'name = "win"\ntype = "hvm"\nmemory = 64\ndm_restrict = 0\n';

/** Guests of a simulated hypervisor whose device models are real processes. */
function realProcesses() {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-supervise-'));
  cleanUp(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const simulator = openSimulator({
    files: {
      '/usr/lib/xen-4.17/boot/hvmloader': 'file',
      '/usr/share/seabios/bios-256k.bin': 'file',
      '/usr/libexec/xen-qemu-system-i386': 'file',
    },
  });
  const places = {
    logDirectory: join(directory, 'log'),
    sentinelDirectory: join(directory, 'sentinels'),
    tapDirectory: join(directory, 'tap'),
  };
  const kept = fileKeptDomains(posix, { directory: join(directory, 'domains') });
  const pids: number[] = [];
  /** The plugins of another process. */
  const processPlugin = (): Plugin => {
    const children = createChildren();
    return definePlugin({
      name: 'real-processes',
      contract: 1,
      register(context) {
        context.port({ token: KEPT_DOMAINS, create: () => kept });
        context.port({
          token: DEVICE_MODELS,
          replaces: '@xen-image/xen-sim',
          create: (scope): DeviceModels => {
            const port = deviceModelsPort({ store: scope.get(XENSTORE), posix }, places, children);
            const start: DeviceModels['start'] = async (asked, signal) => {
              const args = ['say:qemu is here', 'run'];
              const started = await port.start({ ...asked, program: FAKE, args, readiness: 'process' }, signal);
              pids.push(started.pid);
              return started;
            };
            return { ...port, start };
          },
        });
      },
    });
  };
  cleanUp(async () => {
    for (const pid of pids) if (await runs(pid)) process.kill(pid, 'SIGKILL');
  });
  const toolstack = (): Toolstack =>
    new Toolstack({ plugins: [hvm, qemuDialectsPlugin, simulator.plugin, processPlugin()] });
  const create = async (on: Toolstack, text: string) => on.create(await on.plan({ text }));
  const supervise = (on: Toolstack) => {
    const supervision = on.supervise();
    cleanUp(() => supervision.close());
    const events: SupervisionEvent[] = [];
    void (async () => {
      for await (const event of supervision) events.push(event);
    })();
    const seen = async (event: SupervisionEvent['event']): Promise<void> => {
      await until(() => events.some((one) => one.event === event));
    };
    return { events, seen, close: () => supervision.close() };
  };
  return { simulator, toolstack, create, supervise, pids, places };
}

describe('a guest whose device model is killed', () => {
  it('is marked crashed at once, and comes back', async () => {
    const { toolstack, create, supervise, simulator, pids, places } = realProcesses();
    const on = toolstack();
    const { events, seen } = supervise(on);
    await seen('supervising');
    const { domid } = await create(on, `${GUEST}on_crash = "restart"\n`);
    await seen('device-model-watched');
    const [pid = 0] = pids;
    await until(() => readFileSync(join(places.logDirectory, 'qemu-dm-win.log'), 'utf8') !== '');
    const crashed = performance.now();
    process.kill(pid, 'SIGKILL');
    await seen('device-model-died');
    expect(performance.now() - crashed).toBeLessThan(5000);
    expect(events.find(({ event }) => event === 'device-model-died')).toMatchObject({
      crashed: true,
      end: { how: 'signal', signal: 'SIGKILL' },
      said: ['qemu is here'],
      model: { domid, pid, logPath: join(places.logDirectory, 'qemu-dm-win.log') },
    });
    await seen('domain-restarted');
    expect(pids).toHaveLength(2);
    expect(await runs(pids[1] ?? 0)).toBe(true);
    expect(readdirSync(places.sentinelDirectory)).toHaveLength(1);
    expect((await simulator.inspect()).domains).toHaveLength(2);
    expect(readdirSync(places.logDirectory).sort()).toEqual(['qemu-dm-win.log', 'qemu-dm-win.log.1']);
  });

  it('leaves nothing where it is to be destroyed', async () => {
    const { toolstack, create, supervise, simulator, pids, places } = realProcesses();
    const on = toolstack();
    await create(on, `${GUEST}on_crash = "destroy"\n`);
    const { seen } = supervise(on);
    await seen('device-model-watched');
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await seen('domain-destroyed');
    const { domains, store } = await simulator.inspect();
    expect(domains).toHaveLength(1);
    expect(Object.keys(store).filter((path) => /device-model\/\d|\/image\/|\/name\/win/.test(path))).toEqual([]);
    expect(readdirSync(places.sentinelDirectory)).toEqual([]);
  });

  it('is marked crashed by the supervisor of another process, which found it after its own restart', async () => {
    const { toolstack, create, supervise, pids } = realProcesses();
    await create(toolstack(), `${GUEST}on_crash = "destroy"\n`);
    const first = supervise(toolstack());
    await first.seen('device-model-watched');
    await first.close();
    const second = supervise(toolstack());
    await second.seen('supervising');
    expect(second.events).toContainEqual(expect.objectContaining({ event: 'device-model-watched', adopted: true }));
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await second.seen('domain-destroyed');
  });

  it('is marked crashed though nobody watched when it happened', async () => {
    const { toolstack, create, supervise, pids } = realProcesses();
    await create(toolstack(), `${GUEST}on_crash = "preserve"\n`);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await until(async () => !(await runs(pids[0] ?? 0)));
    const { seen, events } = supervise(toolstack());
    await seen('domain-preserved');
    expect(events.find(({ event }) => event === 'device-model-died')).toMatchObject({ crashed: true });
  });
});

describe('a guest that is ended on purpose', () => {
  it('is no crash: neither its end nor that of its device model is acted on', async () => {
    const { toolstack, create, supervise, simulator, pids } = realProcesses();
    const on = toolstack();
    const { seen, events } = supervise(on);
    await seen('supervising');
    await create(toolstack(), `${GUEST}on_crash = "restart"\non_poweroff = "restart"\n`);
    await seen('device-model-watched');
    await toolstack().destroy('win');
    await seen('device-model-stopped');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(events.map(({ event }) => event)).toEqual(['supervising', 'device-model-watched', 'device-model-stopped']);
    expect((await simulator.inspect()).domains).toHaveLength(1);
    expect(await runs(pids[0] ?? 0)).toBe(false);
  });
});
