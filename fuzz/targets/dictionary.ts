import { planImage, planJson, Registry, renderDeviceModel, type Dialect } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { ia64Plugin } from '@xen-image/handler-ia64';
import { x86HvmPlugin } from '@xen-image/handler-x86-hvm';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';
import { hostFacts, readDictionary, xendProfile, xendProfilePlugin, type XendGuest } from '@xen-image/xend-compat';
import { expect, expectCoded, expectUnpolluted } from '../engine/expect.js';
import type { Target } from '../engine/target.js';
import { recordedCases } from './files.js';

const SEEDS = 200;

interface Recorded {
  readonly input: XendGuest;
}

const registry = new Registry();
for (const plugin of [xendProfilePlugin, x86PvPlugin, x86HvmPlugin, ia64Plugin, qemuDialectsPlugin]) {
  registry.use(plugin);
}

const BASE = (JSON.parse(recordedCases(1)[0] ?? '') as Recorded).input;

function isDictionary(value: unknown): value is XendGuest['vmConfig'] {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** xend's configuration dictionary, as JSON: read for a new and for a restored guest, and planned. */
export const dictionary: Target = {
  name: 'dictionary',
  seeds: () =>
    recordedCases(SEEDS).map((line) => Buffer.from(JSON.stringify((JSON.parse(line) as Recorded).input.vmConfig))),
  words: ['"platform":{', '"devices":{', '"cpuid":{', '"vbd_refs":[', 'null', '"videoram":', '"__proto__":{', '[', ']'],
  json: true,
  run(input) {
    let vmConfig: unknown;
    try {
      vmConfig = JSON.parse(input.toString());
    } catch {
      return;
    }
    if (!isDictionary(vmConfig)) return;
    const before = JSON.stringify(vmConfig);
    const kinds = [
      ['x86', 'hvm'],
      ['x86', 'linux'],
      ['ia64', 'hvm'],
    ] as const;
    const [arch, imageType] = kinds[input.length % kinds.length] ?? kinds[0];
    const guest: XendGuest = { ...BASE, arch, imageType, vmConfig };
    const facts = hostFacts(arch, guest.host);
    for (const purpose of ['create', 'restore'] as const) {
      try {
        const reading = readDictionary(guest, purpose);
        const plan = planImage({ registry, profile: xendProfile, reading, host: facts });
        JSON.stringify(planJson(plan));
        const dialect: Dialect = registry.dialect(plan.deviceModel.dialect);
        const { argv } = renderDeviceModel(plan.deviceModel, dialect, { domid: 1, restore: purpose === 'restore' });
        for (const word of argv) {
          expect(typeof word === 'string' && !word.includes('\0'), `an argument is ${JSON.stringify(word)}`);
        }
      } catch (error) {
        expectCoded(error);
      }
    }
    expect(JSON.stringify(vmConfig) === before, 'the dictionary was changed');
    expectUnpolluted();
  },
};
