import { describe, expect, it, jest } from '@jest/globals';
import { Toolstack, type ImagePlan } from '@xen-image/core';
import { openSimulator } from '@xen-image/xen-sim';
import { timeline } from '../../src/plan/timeline.js';
import { storeTrees } from '../../src/plan/store-records.js';
import { loadPlugins } from '../../src/toolstack/plugins.js';

jest.setTimeout(60_000);

/** Which call of a port each line of a timeline stands for, in the words that the line begins with. */
const CALLS: readonly (readonly [begins: string, call: RegExp])[] = [
  ['wait until', /^Memory\.physical$/],
  ['create a domain', /^Domains\.create$/],
  ['claim', /^Memory\.claim$/],
  ['give up the claim', /^Memory\.claim$/],
  ['allocate event channels', /^EventChannels\.allocateUnbound$/],
  ['allocate', /^Domains\.setMaxVcpus$/],
  ['set maximum memory', /^Memory\.setMaxMemory$/],
  ['set paging pool', /^Memory\.setPagingPool$/],
  ['take the name', /^XenStore\.transaction$/],
  ['write', /^XenStore\.write$/],
  ['permit', /^XenStore\.write$/],
  ['set time offset', /^Domains\.setTimeOffset$/],
  ['set memory map limit', /^Memory\.setMemmapLimit$/],
  ['set TSC mode', /^Domains\.setTscMode$/],
  ['set HVM param', /^HvmParams\.set$/],
  ['get HVM param', /^HvmParams\.get$/],
  ['apply the default CPU policy', /^CpuPolicy\.apply$/],
  ['set CPUID', /^CpuPolicy\.set$/],
  ['read CPUID', /^CpuPolicy\.read$/],
  ['check CPUID', /^CpuPolicy\.check$/],
  ['build the guest', /^DomainBuilder\.build$/],
  ['introduce the domain', /^XenStore\.introduce$/],
  ['start the device model', /^DeviceModels\.start$/],
  ['unpause', /^Domains\.unpause$/],
];

const KNOWN = new Set(CALLS.map(([, call]) => call.source));

/** A plan's timeline as calls: what only looks, and what stays within the process, has none. */
function expectedCalls(plan: ImagePlan): string[] {
  const entries = timeline(plan, { uuid: plan.config.uuid, describePlugin: () => 'plugin' }).flatMap(
    (one) => one.entries,
  );
  return entries.flatMap(({ text }) => {
    const [begins, call] = CALLS.find(([words]) => text.startsWith(words)) ?? [];
    if (call === undefined) {
      expect(text).toMatch(/^(look|check that|require|note|warn) ?/);
      return [];
    }
    const name = call.source.slice(1, -1).replace('\\', '');
    return begins === 'allocate event channels' ? [name, name] : [name];
  });
}

/** Writes that follow each other are made in one request. */
function requests(calls: readonly string[]): string[] {
  return calls.filter((call, index) => call !== 'XenStore.write' || calls[index - 1] !== call);
}

const FILES = {
  '/kernel': 'file',
  '/usr/lib/xen-4.17/boot/hvmloader': 'file',
  '/usr/share/seabios/bios-256k.bin': 'file',
  '/usr/libexec/xen-qemu-system-i386': 'file',
  '/usr/lib/xen/bin/qemu-dm': 'file',
} as const;

const GUESTS = {
  'a PV guest': 'memory = 64\nmaxmem = 128\n',
  'a PV guest in superpages with CPUID masks':
    'memory = 64\nsuperpages = 1\ncpuid = ["1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0"]\n',
  'an HVM guest with a screen': 'type = "hvm"\nmemory = 128\nvcpus = 2\nvnc = 1\nlocaltime = 1\n',
};

describe('a timeline', () => {
  it.each(Object.entries(GUESTS))('has the calls that creating %s makes, in their order', async (_, text) => {
    for (const profile of ['modern', 'xend']) {
      const simulator = openSimulator({ files: FILES, host: { version: '4.14' } });
      const toolstack = new Toolstack({
        plugins: [...(await loadPlugins('xend')), simulator.plugin, simulator.ia64Plugin],
        profile,
      });
      const kernel = text.includes('hvm') ? '' : 'kernel = "/kernel"\n';
      const plan = await toolstack.plan({ text: `name = "web"\n${kernel}${text}` });
      const recorded = simulator.faults.record();
      await toolstack.create(plan);
      const made = recorded
        .map(({ call }) => call)
        .filter((call) => [...KNOWN].some((source) => new RegExp(source).test(call)));
      expect(requests(made)).toEqual(requests(expectedCalls(plan)));
    }
  });
});

describe('the nodes of a plan', () => {
  it.each(Object.entries(GUESTS))('are those that creating %s leaves, with their permissions', async (_, text) => {
    const simulator = openSimulator({ files: FILES });
    const toolstack = new Toolstack({ plugins: [...(await loadPlugins('modern')), simulator.plugin] });
    const kernel = text.includes('hvm') ? '' : 'kernel = "/kernel"\n';
    const plan = await toolstack.plan({ text: `name = "web"\n${kernel}${text}` });
    const before = (await simulator.inspect()).store;
    const { domid } = await toolstack.create(plan);
    const after = (await simulator.inspect()).store;
    for (const { root, records } of storeTrees(plan)) {
      for (const { path, value, permissions } of records) {
        const full = `${root}${path === '' ? '' : `/${path}`}`.replace('<domid>', String(domid));
        expect(before).not.toHaveProperty([full]);
        expect(after).toHaveProperty([full]);
        const node = after[full] as { value: string; permissions: readonly string[] };
        if (permissions !== '')
          expect(node.permissions.join(',')).toBe(permissions.replaceAll('<domid>', String(domid)));
        if (!value.startsWith('<')) expect(node.value).toBe(value);
      }
    }
  });
});
