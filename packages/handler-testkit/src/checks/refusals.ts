import assert from 'node:assert/strict';
import { isXenImageError, spelled, type DomainConfig, type HandlerInput } from '@xen-image/core/plugin';
import type { Bench } from '../probe/bench.js';
import { CODE } from '../probe/plan-parts.js';
import type { Check } from './check.js';
import { figuresOf } from './figures.js';

type Change = (config: DomainConfig) => Partial<DomainConfig>;

/** Guests that are odd, and that a reader of some profile may hand on. */
const ODD: Readonly<Record<string, Change>> = {
  'no memory at all': ({ memory }) => ({ memory: { ...memory, targetKib: 0, maximumKib: 0 } }),
  'a KiB of memory': ({ memory }) => ({ memory: { ...memory, targetKib: 1, maximumKib: 1 } }),
  'memory that is no whole MiB': ({ memory }) => ({ memory: { ...memory, targetKib: 65537, maximumKib: 65537 } }),
  'a PiB of memory': ({ memory }) => ({ memory: { ...memory, targetKib: 2 ** 40, maximumKib: 2 ** 40 } }),
  'a huge paging pool': ({ memory }) => ({ memory: { ...memory, shadowKib: 2 ** 40 } }),
  'very many vcpus': () => ({ vcpus: { maximum: 4096, online: 1 } }),
  'no kernel': ({ boot }) => ({ boot: { ...boot, kernel: spelled<string | null>(null) } }),
  'an empty kernel': ({ boot }) => ({ boot: { ...boot, kernel: spelled<string | null>('') } }),
  'no ramdisk': ({ boot }) => ({ boot: { ...boot, ramdisk: spelled<string | null>(null) } }),
  'no loader and no firmware': ({ boot }) => ({ boot: { ...boot, loader: null, firmware: null } }),
  'a command line beyond all limits': ({ boot }) => ({ boot: { ...boot, commandLine: spelled('x'.repeat(70_000)) } }),
  'the empty command line': ({ boot }) => ({ boot: { ...boot, commandLine: spelled('') } }),
  'a hole for devices of 3 GiB': ({ platform }) => ({ platform: { ...platform, mmioHoleMib: 3072 } }),
  'video RAM beyond its memory': ({ platform }) => ({ platform: { ...platform, videoRamMib: spelled(1024) } }),
  'no hardware-assisted paging': ({ platform }) => ({ platform: { ...platform, hap: false } }),
  '2 MiB extents and an odd size': ({ boot, memory }) => ({
    boot: { ...boot, extents: { value: 'all2M', spelling: 1 } },
    memory: { ...memory, targetKib: 65537, maximumKib: 65537 },
  }),
  'a name with everything in it': () => ({ name: '../-S a,b"\'\n' }),
  'a negative time offset': ({ clock }) => ({ clock: { ...clock, offsetSeconds: -3600 } }),
};

function assertServedOrRefused(bench: Bench, input: HandlerInput, about: string): void {
  const { handler } = bench;
  for (const decide of [() => figuresOf(handler.memory(input), input), () => handler.plan(input)]) {
    try {
      decide();
    } catch (error) {
      assert.ok(isXenImageError(error), `${about}: ${String(error)} has no code`);
      assert.match(error.code, CODE, `${about}: the code has another form`);
      assert.notEqual(error.code, 'INTERNAL', `${about}: ${error.message}`);
      assert.ok(error.message.trim() !== '', `${about}: ${error.code} says nothing`);
      assert.ok(error.hint === undefined || error.hint.trim() !== '', `${about}: the hint is empty`);
    }
  }
}

/** Guests that cannot be, and errors that say so. */
export const refusalChecks: readonly Check[] = [
  {
    name: 'an odd guest is served, or refused with a code and a message',
    async run(bench) {
      const input = await bench.input();
      for (const [about, change] of Object.entries(ODD)) {
        assertServedOrRefused(bench, bench.vary(input, change(input.config)), `a guest with ${about}`);
      }
    },
  },
  {
    name: 'a host that says little is planned for all the same',
    async run(bench) {
      const input = await bench.input();
      const { host } = input;
      const hypervisor = { version: null, capabilities: '', hap: false };
      const bare = { ...host, hypervisor, bridges: [], totalMemoryKib: null, freeMemoryKib: null, cpus: null };
      assertServedOrRefused(bench, { ...input, host: bare }, 'a host of which nothing is known');
    },
  },
];
