import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  definePlugin,
  DEVICE_MODELS,
  JOURNAL,
  KEPT_DOMAINS,
  POSIX,
  Toolstack,
  XENSTORE,
  type DeviceModels,
  type ImagePlan,
  type Plugin,
  type PortRegistration,
} from '@xen-image/core';
import { qemuDialectsPlugin, qemuProcessPlugin, type DeviceModelPlaces } from '@xen-image/dm-qemu';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { posixPlugin, type PosixPluginOptions } from '@xen-image/posix';
import { openSimulator, type Simulator } from '@xen-image/xen-sim';
import { xenStorePlugin } from '@xen-image/xenstore';
import { serveStore } from '@xen-image/xenstore/server';
import { GUEST } from '../host/state.js';
import { talkingQemus } from './qemus.js';
import { processesOf, tracesOf } from './traces.js';
import { HONEST, proxy, type Meddler } from './wire.js';

/** Kinds of guests that are tried over real sockets. */
export type RealKind = 'pv' | 'hvm';

/** Bounds of a toolstack, where not the usual ones. */
export interface Patience {
  /** Of a request to the store. */
  readonly storeMs?: number;
  /** Of a device model's start. */
  readonly deviceModelMs?: number;
}

/** A guest as it is planned from. */
export interface Source {
  readonly text: string;
  readonly arch: string;
  readonly uuid: string;
}

/** Where a toolstack of this host finds and leaves things. */
export interface Places {
  readonly address: string;
  readonly posix: PosixPluginOptions;
  readonly deviceModels: DeviceModelPlaces;
}

/**
 * A host of which the hypervisor alone is simulated: the store is served on a socket, device models are processes with pipes
 * and control sockets, journal and configurations are files.
 */
export interface RealHost {
  readonly simulator: Simulator;
  readonly places: Places;
  /** What stands between the toolstack and those that answer it. */
  meddler: Meddler;
  /** The guest, to be planned by another process. */
  readonly source: Source;
  readonly plan: ImagePlan;
  /** A toolstack of its own, as a process would have it. */
  toolstack(patience?: Patience): Toolstack;
  look(): Promise<string>;
  close(): Promise<void>;
}

/** Ports that are real here. */
const REAL: readonly symbol[] = [XENSTORE, DEVICE_MODELS, POSIX, JOURNAL, KEPT_DOMAINS];

/** A plugin without some of its ports, or with others in their place. */
export function changed(
  plugin: Plugin,
  name: string,
  change: <P>(registration: PortRegistration<P>) => PortRegistration<P> | undefined,
): Plugin {
  return definePlugin({
    name,
    contract: 1,
    register(context) {
      plugin.register({
        ...context,
        port: <P>(registration: PortRegistration<P>) => {
          const now = change(registration);
          if (now !== undefined) context.port(now);
        },
      });
    },
  });
}

/** The ports of the simulated host that are simulated here, too. */
export function hypervisorPlugin({ plugin }: Simulator): Plugin {
  return changed(plugin, 'faults/hypervisor', (registration) =>
    REAL.includes(registration.token) ? undefined : registration,
  );
}

/** What speaks of guests, whoever's host it is. */
export const GUEST_PLUGINS: readonly Plugin[] = [pv, hvm, qemuDialectsPlugin];

function impatient(plugin: Plugin, timeoutMs: number): Plugin {
  return changed(plugin, 'faults/impatient', (registration) => ({
    ...registration,
    create: (scope) => {
      const models = registration.create(scope) as DeviceModels;
      const port: DeviceModels = { ...models, start: (start, signal) => models.start({ ...start, timeoutMs }, signal) };
      return port as never;
    },
  }));
}

const KERNEL = '/boot/vmlinuz';
const LOADER = '/usr/lib/xen/boot/hvmloader';
const FIRMWARE = '/usr/share/seabios/bios-256k.bin';

const textOf = (kind: RealKind, name: string, program: string): string =>
  kind === 'pv'
    ? `name = "${name}"\nmemory = 16\nkernel = "${KERNEL}"\n`
    : `name = "${name}"\ntype = "hvm"\nmemory = 32\nvnc = 1\nvncpasswd = "secret"\ndm_restrict = 0\n` +
      `device_model_override = "${program}"\n`;

const UUID = (last: number): string => `6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d0${last}`;

/** As /run is, where a toolstack has these files; where there is no such place, a disk does. */
const IN_MEMORY = statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() === true ? '/dev/shm' : tmpdir();

/** Directories stay in the store once there was a device model. */
async function hadDeviceModels(simulator: Simulator): Promise<void> {
  const store = simulator.storeBackend();
  const dom0 = { domid: 0, transactionId: 0 };
  for (const path of ['/local/domain/0/device-model', '/xen-image/device-model']) {
    await store.mkdir(dom0, path);
    await store.setPerms(dom0, path, [{ domid: 0, read: false, write: false }]);
  }
}

/** Opens a host on which bystanders of these kinds run. */
export async function openRealHost(kind: RealKind, bystanders: readonly RealKind[]): Promise<RealHost> {
  const directory = mkdtempSync(join(IN_MEMORY, 'xen-image-faults-'));
  chmodSync(directory, 0o700);
  const program = join(directory, 'qemu');
  // Whatever it is told, it waits.
  writeFileSync(program, '#!/bin/sh\nexec sleep 600\n', { mode: 0o700 });
  mkdirSync(join(directory, 'run'));
  const simulator = openSimulator({
    files: { [KERNEL]: { sizeBytes: 65536, format: 'elf' }, [program]: 'file', [LOADER]: 'file', [FIRMWARE]: 'file' },
    host: {
      memoryKib: 1024 * 1024,
      dom0Kib: 256 * 1024,
      clock: { nowEpochSeconds: 1_700_000_000, zoneOffsetSeconds: 0 },
      options: { deviceModel: program, hvmloader: LOADER, seabios: FIRMWARE },
    },
  });
  const [daemon, address] = [join(directory, 'daemon'), join(directory, 'store')];
  let meddler = HONEST;
  const server = await serveStore(simulator.storeBackend(), { path: daemon });
  const closeProxy = await proxy(address, daemon, () => meddler);
  const closeQemus = talkingQemus(simulator, join(directory, 'run'), () => meddler);
  await hadDeviceModels(simulator);
  const places: Places = {
    address,
    posix: {
      journal: { directory: join(directory, 'run/journal') },
      keptDomains: { directory: join(directory, 'run/domains') },
    },
    deviceModels: {
      logDirectory: join(directory, 'log'),
      sentinelDirectory: join(directory, 'run/sentinels'),
      tapDirectory: join(directory, 'run/tap'),
      runDirectory: join(directory, 'run'),
    },
  };
  const toolstack = ({ storeMs, deviceModelMs }: Patience = {}): Toolstack => {
    const models = qemuProcessPlugin(places.deviceModels);
    return new Toolstack({
      plugins: [
        hypervisorPlugin(simulator),
        xenStorePlugin({ address, ...(storeMs === undefined ? {} : { timeoutMs: storeMs }) }),
        posixPlugin(places.posix),
        deviceModelMs === undefined ? models : impatient(models, deviceModelMs),
        ...GUEST_PLUGINS,
      ],
    });
  };
  const first = toolstack();
  const sourceOf = (of: RealKind, name: string, last: number): Source => ({
    text: textOf(of, name, program),
    arch: 'x86',
    uuid: UUID(last),
  });
  for (const [index, of] of bystanders.entries()) {
    const plan = await first.plan(sourceOf(of, `bystander-${of}`, index));
    await first.create(plan, { attended: true });
  }
  const source = sourceOf(kind, GUEST, 9);
  return {
    simulator,
    places,
    get meddler() {
      return meddler;
    },
    set meddler(next) {
      meddler = next;
    },
    source,
    plan: await first.plan(source),
    toolstack,
    look: () => tracesOf(simulator, directory),
    async close() {
      closeQemus();
      closeProxy();
      await server.close();
      simulator.close();
      for (const pid of processesOf(directory)) process.kill(pid, 'SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
