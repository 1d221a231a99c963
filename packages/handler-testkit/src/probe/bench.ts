import { Toolstack, type HostFacts, type ImagePlan, type Policy, type Profile } from '@xen-image/core';
import {
  isXenImageError,
  type DomainConfig,
  type HandlerInput,
  type ImageHandler,
  type Plugin,
} from '@xen-image/core/plugin';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import {
  openSimulator,
  type GivenFile,
  type HostSnapshot,
  type Simulator,
  type SimulatorOptions,
} from '@xen-image/xen-sim';
import type { GuestSettings, HandlerSuiteOptions } from '../options.js';
import { guestText, KERNEL, RAMDISK, SHAPES, USUAL, UUID } from './guests.js';

/** Directories of the store that stay, empty, once a host has served a guest. */
const KEPT = ['/xen-image', '/xen-image/name', '/xen-image/uuid', '/local/domain/0/device-model'];

/** A clock that stands still, so that plans made at different moments can be compared. */
const CLOCK = { nowEpochSeconds: 1_700_000_000, zoneOffsetSeconds: 0 };

/** A simulated host with a toolstack that has the handler under test, and what tests ask of them. */
export interface Bench {
  readonly options: HandlerSuiteOptions;
  readonly arch: string;
  readonly profile: Profile;
  readonly simulator: Simulator;
  readonly toolstack: Toolstack;
  readonly plugin: Plugin;
  readonly handler: ImageHandler;
  /** What the handler decides from, for a guest with these settings. */
  input(settings?: GuestSettings): Promise<HandlerInput>;
  /** The same with parts of the configuration and the policy changed. */
  vary(input: HandlerInput, config: Partial<DomainConfig>, policy?: Partial<Policy>): HandlerInput;
  plan(settings?: GuestSettings): Promise<ImagePlan>;
  /** The host's state, and what the plugin's own actions leave; to be compared with itself at another moment. */
  state(): Promise<{ readonly host: HostSnapshot; readonly leftovers: unknown }>;
}

/** Programs of the host's packages, by the paths that the simulated host tells of. */
const PACKAGES: HostFacts['options'] = {
  vncPassword: null,
  vncListen: '127.0.0.1',
  vncTls: null,
  deviceModel: '/usr/libexec/xen-qemu-system-i386',
  hvmloader: '/usr/lib/xen/boot/hvmloader',
  seabios: '/usr/share/seabios/bios-256k.bin',
  ovmf: '/usr/share/ovmf/OVMF.fd',
  defaultBridge: 'xenbr0',
};

/** Files of the simulated host: the guest's own, and the programs of the host's packages. */
const FILES: Readonly<Record<string, GivenFile>> = {
  [KERNEL]: { sizeBytes: 1024 * 1024, format: 'elf' },
  [RAMDISK]: { sizeBytes: 1024 * 1024 },
  [PACKAGES.deviceModel]: 'file',
  [PACKAGES.hvmloader]: 'file',
  '/usr/share/seabios/bios-256k.bin': 'file',
  '/usr/share/ovmf/OVMF.fd': 'file',
};

type Files = SimulatorOptions['files'];

/** Files of several sets, the later over the earlier; this machine's where any of them is. */
function filesOf(...sets: readonly Files[]): NonNullable<Files> {
  let files: Readonly<Record<string, GivenFile>> = FILES;
  for (const set of sets) {
    if (set === 'real') return set;
    files = { ...files, ...set };
  }
  return files;
}

/** Opens a bench of its own for one test. `more` are options of its simulated host. */
export function openBench(options: HandlerSuiteOptions, profileName: string, more: SimulatorOptions = {}): Bench {
  const { arch = 'x86', imageType } = options;
  const given = { ...options.simulator, ...more };
  const simulator = openSimulator({
    ...given,
    files: filesOf(options.simulator?.files, more.files),
    host: { arch, clock: CLOCK, options: PACKAGES, ...given.host },
  });
  const plugin = options.factory();
  const beside = options.plugins?.(simulator) ?? [];
  const plugins = [simulator.plugin, qemuDialectsPlugin, ...beside, plugin];
  const toolstack = new Toolstack({ plugins, profile: profileName });
  const profile = toolstack.registry.profile(profileName);
  const { handler } = toolstack.registry.resolve(arch, imageType);
  const source = (settings: GuestSettings) => ({ text: guestText(options, settings), uuid: UUID, arch });
  return {
    options,
    arch,
    profile,
    simulator,
    toolstack,
    plugin,
    handler,
    async input(settings = {}) {
      const host = await toolstack.hostFacts();
      const { config } = profile.readText({ ...source(settings), host });
      return { config, host, policy: profile.policy };
    },
    vary: (input, config, policy = {}) => ({
      ...input,
      config: { ...input.config, ...config },
      policy: { ...input.policy, ...policy },
    }),
    plan: (settings = {}) => toolstack.plan(source(settings)),
    async state() {
      const host = await simulator.inspect();
      const store = Object.fromEntries(Object.entries(host.store).filter(([path]) => !KEPT.includes(path)));
      return { host: { ...host, store }, leftovers: await options.leftovers?.() };
    },
  };
}

/** A guest of one of the suite's shapes that the handler serves. */
export interface ServedShape {
  readonly shape: string;
  readonly settings: GuestSettings;
}

/** The shapes that a handler serves: those that it does not refuse with a code when it plans them. */
export async function servedShapes(bench: Bench): Promise<readonly ServedShape[]> {
  const served: ServedShape[] = [];
  for (const [shape, settings] of Object.entries(SHAPES)) {
    try {
      await bench.plan(settings);
      served.push({ shape, settings });
    } catch (error) {
      // What is thrown without a code is told by that code.
      if (shape === USUAL || !isXenImageError(error) || error.code === 'INTERNAL') throw error;
    }
  }
  return served;
}
