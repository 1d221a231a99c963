import { readFileSync, promises } from 'node:fs';
import fs from 'node:fs';
import {
  definePlugin,
  figure,
  spelled,
  XENSTORE,
  XenImageError,
  type Action,
  type BuildSpec,
  type DeviceModelArg,
  type HandlerPlan,
  type ImageHandler,
  type Plugin,
} from '@xen-image/core/plugin';
import type { HandlerSuiteOptions } from '@xen-image/handler-testkit';
import { claiming, plugin, refigured, replanned, SAMPLES, type Kind } from './samples.js';

/** A defect, and the test of the suite that is to find it. */
export interface Defect {
  readonly name: string;
  readonly kind: Kind;
  readonly found: string;
  readonly factory: () => Plugin;
  readonly options?: Partial<HandlerSuiteOptions>;
}

const TAKEN = 'a toolstack takes the plugin';
const SAME = 'the same input gives the same decisions';
const OUTSIDE = 'no clock, chance, environment';
const EXPLAINED = 'every figure has its name';
const ORDER = 'a result is referred to only behind';
const HOSTILE = 'a hostile text is no more than a text';
const SERVED = 'an odd guest is served, or refused';

function handled(name: string, kind: Kind, found: string, make: () => ImageHandler): Defect {
  return { name, kind, found, factory: () => plugin(kind, make()) };
}

function whilePlanning(name: string, kind: Kind, look: () => unknown): Defect {
  return handled(name, kind, OUTSIDE, () =>
    replanned(kind, (plan) => {
      look();
      return plan;
    }),
  );
}

function withSpec(plan: HandlerPlan, change: Partial<BuildSpec>): HandlerPlan {
  const build = plan.actions.build.map((action): Action =>
    action.kind === 'build' ? { ...action, spec: { ...action.spec, ...change } } : action,
  );
  return { ...plan, actions: { ...plan.actions, build } };
}

function withActions(plan: HandlerPlan, change: Partial<HandlerPlan['actions']>): HandlerPlan {
  return { ...plan, actions: { ...plan.actions, ...change } };
}

function withArgs(plan: HandlerPlan, more: readonly DeviceModelArg[]): HandlerPlan {
  const { deviceModel } = plan;
  const { args } = deviceModel;
  return { ...plan, deviceModel: { ...deviceModel, args: { ...args, machine: [...args.machine, ...more] } } };
}

const NOTE: Action = { kind: 'sample:keep', section: 'limits', args: {} } as never;

/** A plugin with an action of its own that writes a node; `undone` is whether it takes it back. */
function keeping(kind: Kind, path: (name: string) => string): Plugin {
  const handler = replanned(kind, (plan, { config }) =>
    withActions(plan, {
      beforeBuild: [...plan.actions.beforeBuild, { ...NOTE, args: { name: config.name } } as never],
    }),
  );
  return definePlugin({
    name: '@test/sample',
    contract: 1,
    register(context) {
      context.handler({ arch: 'x86', imageType: kind, handler });
      context.actionKind({
        kind: 'sample:keep',
        execute: (action, { port }) =>
          port(XENSTORE).write([{ path: path(String(action.args['name'])), value: 'kept' }]),
        describe: () => 'keep a node',
      });
    },
  });
}

let counted = 0;
const files = new Set<string>();
let cached: HandlerPlan | undefined;

/** Defects of many kinds; each is one that somebody could make. */
export const DEFECTS: readonly Defect[] = [
  {
    name: 'speaks another contract',
    kind: 'linux',
    found: TAKEN,
    factory: () => plugin('linux', SAMPLES.linux, { contract: 2 }),
  },
  { name: 'registers another type', kind: 'hvm', found: TAKEN, factory: () => plugin('linux', SAMPLES.hvm) },
  handled('lacks a word of the manifest', 'linux', TAKEN, () => {
    const { cpuid: _, ...supports } = SAMPLES.linux.supports;
    return { ...SAMPLES.linux, supports: supports as never };
  }),
  {
    name: 'registers later than it says',
    kind: 'linux',
    found: TAKEN,
    factory: () =>
      plugin('linux', SAMPLES.linux, {
        register: (context) => {
          context.handler({ arch: 'x86', imageType: 'linux', handler: SAMPLES.linux });
          return Promise.resolve() as never;
        },
      }),
  },
  {
    name: 'registers something else each time',
    kind: 'linux',
    found: 'the plugin registers the same each time',
    factory: () =>
      plugin('linux', SAMPLES.linux, {
        register: (context) => {
          context.handler({ arch: 'x86', imageType: 'linux', aliases: [`a${counted++}`], handler: SAMPLES.linux });
        },
      }),
  },
  {
    name: 'brings a core of its own',
    kind: 'linux',
    found: 'the package takes core as a peer',
    factory: () => plugin('linux', SAMPLES.linux),
    options: { packageJson: { name: '@test/sample', dependencies: { '@xen-image/core': '^0.0.0' } } },
  },
  handled('changes its manifest', 'linux', 'supports is the same before and after', () => {
    const supports = { ...SAMPLES.linux.supports };
    return { ...SAMPLES.linux, supports, plan: (input) => ((supports.restore = false), SAMPLES.linux.plan(input)) };
  }),
  handled('counts its plans', 'linux', SAME, () => {
    let plans = 0;
    return replanned('linux', (plan) => ({ ...plan, ostype: `linux${plans++}` }));
  }),
  handled('remembers the first guest', 'linux', SAME, () => {
    let first: HandlerPlan | undefined;
    return replanned('linux', (plan) => (first ??= plan));
  }),
  handled('shares what it remembers among instances', 'linux', SAME, () =>
    replanned('linux', (plan) => ({ ...plan, ostype: `linux${counted++ % 2}` })),
  ),
  handled('changes the configuration', 'linux', 'the input stays as it was', () =>
    replanned('linux', (plan, { config }) => {
      (config.memory as { targetKib: number }).targetKib += 1;
      return plan;
    }),
  ),
  handled('hands out one object twice', 'linux', 'what it answers is its own', () =>
    replanned('linux', (plan) => (cached ??= plan)),
  ),
  whilePlanning('looks at the clock', 'linux', () => Date.now()),
  whilePlanning('takes today’s date', 'linux', () => new Date()),
  whilePlanning('rolls dice', 'linux', () => Math.random()),
  whilePlanning('makes a uuid', 'linux', () => crypto.randomUUID()),
  whilePlanning('looks at the environment', 'linux', () => process.env['HOME']),
  whilePlanning('reads a file through the module', 'linux', () => fs.readFileSync('/etc/hostname')),
  whilePlanning('reads a file by an imported name', 'linux', () => readFileSync('/etc/hostname')),
  whilePlanning('opens a file in the background', 'linux', () => promises.readFile('/etc/hostname')),
  whilePlanning('sets a timer', 'linux', () => setTimeout(() => undefined, 0)),
  whilePlanning('asks the clock while the figures are made', 'hvm', () => performance.now()),
  handled('answers a promise', 'linux', 'decisions are plain data', () => ({
    ...SAMPLES.linux,
    plan: (input) => Object.assign(SAMPLES.linux.plan(input), { then: () => undefined }),
  })),
  handled('hands out a function', 'linux', 'decisions are plain data', () =>
    replanned('linux', (plan) => withSpec(plan, { onReady: () => undefined } as never)),
  ),
  handled('hands out a date', 'linux', 'decisions are plain data', () =>
    replanned('linux', (plan) => withSpec(plan, { at: new Date(0) } as never)),
  ),
  handled('hands out what is no number', 'linux', 'decisions are plain data', () =>
    replanned('linux', (plan) => withSpec(plan, { maximumMib: NaN })),
  ),
  handled('computes in 32 bits', 'linux', EXPLAINED, () =>
    refigured('linux', () => ({
      available: (memoryKib) => figure('available', memoryKib | 0, 'memoryKib', { memoryKib }),
    })),
  ),
  handled('multiplies by a fraction', 'linux', EXPLAINED, () =>
    refigured('linux', () => ({
      available: (memoryKib) => figure('available', memoryKib * 1.1, 'memoryKib * 1.1', { memoryKib }),
    })),
  ),
  handled('explains another figure', 'linux', EXPLAINED, () =>
    refigured('linux', ({ maxMemory }) => ({ maxMemory: { ...maxMemory, value: maxMemory.value + 1024 } })),
  ),
  handled('leaves an input unexplained', 'linux', EXPLAINED, () =>
    refigured('linux', ({ maxMemory }) => ({ maxMemory: { ...maxMemory, inputs: { ...maxMemory.inputs, vcpus: 2 } } })),
  ),
  handled('explains in words', 'linux', EXPLAINED, () =>
    refigured('linux', ({ maxMemory }) => ({ maxMemory: { ...maxMemory, formula: 'the target and a bit' } })),
  ),
  handled('answers MiB', 'linux', EXPLAINED, () =>
    refigured('linux', ({ maxMemory }) => ({ maxMemory: { ...maxMemory, unit: 'MiB' } })),
  ),
  handled('names a figure as another', 'linux', EXPLAINED, () =>
    refigured('linux', ({ initialReservation }) => ({ maximumReservation: initialReservation })),
  ),
  handled('wraps around at 4 GiB', 'linux', 'no figure shrinks when a guest gets more memory', () =>
    refigured('linux', () => ({
      available: (memoryKib) => figure('available', memoryKib % 4194304, 'memoryKib', { memoryKib }),
    })),
  ),
  handled('wants less pool for more vcpus', 'hvm', 'no figure shrinks when a guest gets more vcpus', () =>
    refigured('hvm', (_, { config }) => ({
      shadow: () =>
        figure('shadow', 2 ** 20 - config.vcpus.maximum, '1048576 - vcpus', { vcpus: config.vcpus.maximum }),
    })),
  ),
  handled('limits a guest below what it is populated with', 'linux', 'a guest may hold what is populated', () =>
    refigured('linux', ({ initialReservation: { value } }) => ({
      maxMemory: figure('maxMemory', value - 4, 'kib - 4', { kib: value }),
    })),
  ),
  handled('claims more than its limit', 'linux', 'a guest may hold what is populated', () =>
    refigured('linux', ({ maxMemory: { value } }) => ({
      available: () => figure('available', value + 4, 'limitKib + 4', { limitKib: value }),
    })),
  ),
  handled('populates what nobody made available', 'linux', 'a guest may hold what is populated', () =>
    refigured('linux', () => ({ available: () => figure('available', 0, '0', {}) })),
  ),
  handled('builds another container than it says', 'hvm', 'manifest, domain and build speak', () =>
    claiming('hvm', { container: 'pv' }),
  ),
  handled('builds twice', 'linux', 'a guest is built once', () =>
    replanned('linux', (plan) => withActions(plan, { finish: [...plan.actions.build, ...plan.actions.finish] })),
  ),
  handled('builds a size that its figures do not say', 'linux', 'the build is told the sizes', () =>
    replanned('linux', (plan, { config }) => withSpec(plan, { targetMib: config.memory.maximumKib / 1024 - 1 })),
  ),
  handled('builds for the vcpus that are online', 'linux', 'the build is told the sizes', () =>
    replanned('linux', (plan, { config }) => withSpec(plan, { vcpus: config.vcpus.online })),
  ),
  handled('swaps the channels', 'linux', 'the build is told the sizes', () =>
    replanned('linux', (plan) =>
      withSpec(plan, { channels: { store: { ref: 'consolePort' }, console: { ref: 'storePort' } } }),
    ),
  ),
  handled('has an action that nobody can carry out', 'linux', 'actions are of known kinds', () =>
    replanned('linux', (plan) => withActions(plan, { finish: [{ kind: 'acme:unknown', section: 'x', args: {} }] })),
  ),
  handled('refuses by a code of another form', 'linux', 'actions are of known kinds', () =>
    replanned('linux', (plan) =>
      withActions(plan, {
        finish: [
          { kind: 'check-path', section: 'files', path: '/x', want: 'file', error: { code: 'no file', message: 'x' } },
        ],
      }),
    ),
  ),
  handled('refers to a frame before the build', 'linux', ORDER, () =>
    replanned('linux', (plan) =>
      withActions(plan, {
        beforeBuild: [{ kind: 'set-hvm-param', section: 'params', param: 'storePfn', value: { ref: 'storeFrame' } }],
      }),
    ),
  ),
  handled('refers to a result of no action', 'linux', ORDER, () =>
    replanned('linux', (plan) =>
      withActions(plan, {
        finish: [
          { kind: 'write-store', section: 'x', root: 'domain', path: '', entries: [['a', { ref: 'mistyped' }]] },
        ],
      }),
    ),
  ),
  handled('has a device model in spite of its manifest', 'hvm', 'there is no device model where', () =>
    claiming('hvm', { deviceModel: false }),
  ),
  handled('promises 2 MiB extents and does not ask for them', 'linux', '2 MiB extents alone are asked for', () =>
    replanned('linux', (plan) => withSpec(plan, { extents: { value: 'best', spelling: 1 } })),
  ),
  handled('builds with 2 MiB extents that it cannot have', 'linux', '2 MiB extents alone are refused', () =>
    claiming('linux', { superpages: false }),
  ),
  handled('drops CPUID masks', 'linux', 'CPUID masks reach the domain', () =>
    replanned('linux', (plan) =>
      withActions(plan, { cpuid: [{ kind: 'apply-cpu-policy', section: 'cpuid', overrides: [] }] }),
    ),
  ),
  handled('compares CPUID leaves though it takes none', 'linux', 'CPUID is left alone', () => ({
    ...replanned('linux', (plan) =>
      withActions(plan, {
        cpuid: [{ kind: 'check-cpuid', section: 'cpuid', leaf: { key: '1', leaf: 1, subleaf: null, masks: {} } }],
      }),
    ),
    supports: { ...SAMPLES.linux.supports, cpuid: false },
  })),
  handled('splits a text into arguments', 'hvm', HOSTILE, () =>
    replanned('hvm', (plan, { config }) =>
      withArgs(
        plan,
        (config.display.keymap ?? '').split(' ').map((text) => ({ arg: 'extra', text })),
      ),
    ),
  ),
  handled('lets a text be an option', 'hvm', HOSTILE, () =>
    replanned('hvm', (plan, { config }) =>
      withArgs(plan, [
        { arg: 'extra', text: config.platform.sound ?? 'none' },
        { arg: 'extra', text: config.display.keymap ?? '' },
      ]),
    ),
  ),
  handled('lets the guest choose the program', 'hvm', HOSTILE, () =>
    replanned('hvm', (plan, { config }) => ({
      ...plan,
      deviceModel: { ...plan.deviceModel, program: `/usr/bin/qemu-${config.display.keymap ?? ''}` },
    })),
  ),
  handled('lets the guest choose variables', 'hvm', HOSTILE, () =>
    replanned('hvm', (plan, { config }) => ({
      ...plan,
      deviceModel: { ...plan.deviceModel, environment: { [`X_${config.display.keymap ?? ''}`]: '1' } },
    })),
  ),
  handled('hands the guest’s words on as the operator’s', 'hvm', 'arguments that are handed on as they are', () =>
    replanned('hvm', (plan, { config }) => withArgs(plan, [{ arg: 'extra', text: config.boot.commandLine.value }])),
  ),
  handled('shows the password', 'hvm', 'a password is on no command line', () =>
    replanned('hvm', (plan, { config }) => ({
      ...plan,
      deviceModel: { ...plan.deviceModel, environment: { VNC_PASSWORD: config.display.vnc?.password?.value ?? '' } },
    })),
  ),
  handled('restores by what only building leaves', 'linux', 'what restoring repeats stands on its own', () =>
    replanned('linux', (plan) =>
      withActions(plan, {
        cpuid: [
          ...plan.actions.cpuid,
          { kind: 'write-store', section: 'x', root: 'domain', path: '', entries: [['a', { ref: 'storeFrame' }]] },
        ],
      }),
    ),
  ),
  handled('does not tell its device model to restore', 'hvm', 'the device model is told to restore', () =>
    replanned('hvm', (plan) => {
      const args = { ...plan.deviceModel.args, restore: [] };
      return { ...plan, deviceModel: { ...plan.deviceModel, args } };
    }),
  ),
  handled('restores in spite of its manifest', 'hvm', 'nothing speaks of saved state', () =>
    claiming('hvm', { restore: false }),
  ),
  handled('fails without a code', 'linux', SERVED, () =>
    replanned('linux', (plan, { config }) => {
      if (config.boot.kernel.value === null) throw new Error('no kernel');
      return plan;
    }),
  ),
  handled('trips over what is not there', 'linux', SERVED, () =>
    replanned('linux', (plan, { config }) => ({ ...plan, ostype: String(config.boot.ramdisk.value!.length) })),
  ),
  handled('fails with a code of another form', 'linux', SERVED, () =>
    replanned('linux', (plan, { config }) => {
      if (config.boot.kernel.value === '') throw new XenImageError('noKernel', 'there is no kernel');
      return plan;
    }),
  ),
  handled('fails without a word', 'linux', SERVED, () =>
    refigured('linux', (math, { config }) => {
      if (config.memory.targetKib < 4) throw new XenImageError('MEMORY_TOO_SMALL', ' ');
      return math;
    }),
  ),
  handled('takes the hypervisor’s version for granted', 'linux', 'a host that says little', () =>
    replanned('linux', (plan, { host }) => ({ ...plan, ostype: host.hypervisor.version!.split('.')[0]! })),
  ),
  handled('hands a hypercall what is no number', 'hvm', 'creating makes the calls that the plan says', () =>
    replanned('hvm', (plan) =>
      withActions(plan, {
        afterBuild: [{ kind: 'set-hvm-param', section: 'results', param: 'timerMode', value: '1' as never }],
      }),
    ),
  ),
  handled('leaves no room for video RAM', 'hvm', 'the domain has the limit', () =>
    refigured('hvm', ({ initialReservation }) => ({ maxMemory: { ...initialReservation, name: 'maxMemory' } })),
  ),
  handled('tells xenstore of another page', 'hvm', 'xenstore is told of the page', () =>
    replanned('hvm', (plan) =>
      withActions(plan, {
        afterBuild: [{ kind: 'get-hvm-param', section: 'results', param: 'consolePfn', as: 'storeFrame' }],
      }),
    ),
  ),
  handled('does not look for the kernel', 'linux', 'a file that is missing is refused', () =>
    replanned('linux', (plan) =>
      withActions(plan, { beforeBuild: plan.actions.beforeBuild.filter(({ kind }) => kind !== 'check-path') }),
    ),
  ),
  handled('names the wrong file', 'linux', 'a file that is missing is refused', () =>
    replanned('linux', (plan) =>
      withSpec(plan, { ramdisk: spelled<string | null>('/boot/initrd'), modules: [{ path: '/boot/more' }] }),
    ),
  ),
  {
    name: 'keeps a node for ever',
    kind: 'linux',
    found: 'a guest that is destroyed leaves nothing',
    factory: () => keeping('linux', (name) => `/acme/${name}`),
  },
  {
    name: 'keeps a node when it fails',
    kind: 'linux',
    found: 'a call that is refused',
    factory: () => keeping('linux', (name) => `/acme/${name}`),
  },
  {
    name: 'keeps a node when an answer is lost',
    kind: 'linux',
    found: 'a call whose answer is lost',
    factory: () => keeping('linux', (name) => `/acme/${name}`),
  },
  {
    name: 'keeps a node when a driver throws',
    kind: 'linux',
    found: 'a driver that throws',
    factory: () => keeping('linux', (name) => `/acme/${name}`),
  },
  {
    name: 'keeps a node when it is aborted',
    kind: 'linux',
    found: 'an abort before any call',
    factory: () => keeping('linux', (name) => `/acme/${name}`),
  },
  {
    name: 'keeps a node when it is aborted late',
    kind: 'linux',
    found: 'an abort after any call',
    factory: () => keeping('linux', (name) => `/acme/${name}`),
  },
  {
    name: 'shares a node among guests',
    kind: 'linux',
    found: 'two guests live side by side',
    factory: () => keeping('linux', (name) => (name === 'other' ? '/local/domain/1/name' : `/local/domain/0/x`)),
  },
  {
    name: 'leaves a file',
    kind: 'linux',
    found: 'a guest that is destroyed leaves nothing',
    factory: () =>
      keeping('linux', (name) => {
        files.add(`${name}${files.size}`);
        return `/local/domain/0/backend`;
      }),
    options: { leftovers: () => [...files] },
  },
  {
    name: 'tells its action in a page',
    kind: 'linux',
    found: 'a kind of its own is told in one line',
    factory: () => {
      const good = keeping('linux', (name) => `/acme/${name}`);
      return {
        ...good,
        register: (context) => {
          good.register({
            ...context,
            actionKind: (kind) => {
              context.actionKind({ ...kind, describe: () => 'keeps\na node' });
            },
          });
        },
      };
    },
  },
];
