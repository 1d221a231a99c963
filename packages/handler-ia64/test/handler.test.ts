import { describe, expect, it } from '@jest/globals';
import { Registry } from '@xen-image/core';
import type { DomainConfig, ImageHandler } from '@xen-image/core/plugin';
import { hvmGuest, inputFor, pvGuest } from '../../core/test/support/guest.js';
import { IN_2009, TODAY } from '../../core/test/support/policies.js';
import { ia64HvmHandler, ia64Plugin, ia64PvHandler } from '../src/index.js';

describe('the handlers of ia64 guests', () => {
  it('are found as linux, pv and hvm', () => {
    const registry = new Registry();
    registry.use(ia64Plugin);
    expect(registry.resolve('ia64', 'linux').handler).toBe(ia64PvHandler);
    expect(registry.resolve('ia64', 'pv').handler).toBe(ia64PvHandler);
    expect(registry.resolve('ia64', 'hvm').handler).toBe(ia64HvmHandler);
  });

  it.each<[string, string, ImageHandler, DomainConfig]>([
    ['pv', 'none', ia64PvHandler, pvGuest()],
    ['hvm', 'hvm', ia64HvmHandler, hvmGuest()],
  ])('say what they can do and need (%s)', (container, emulation, handler, config) => {
    expect(handler.supports).toEqual({
      container,
      deviceModel: true,
      restore: true,
      cpuid: false,
      superpages: false,
    });
    expect(handler.plan(inputFor(config, IN_2009)).domain).toEqual({ container, hap: false, emulation });
  });

  it('have no CPUID', () => {
    const cpuid = { set: [{ key: '1', leaf: 1, subleaf: null, masks: {} }], check: [] };
    expect(ia64PvHandler.plan(inputFor(pvGuest({ cpuid }), IN_2009)).actions.cpuid).toEqual([]);
    expect(ia64HvmHandler.plan(inputFor(hvmGuest({ cpuid }), IN_2009)).actions.cpuid).toEqual([]);
  });

  it('cannot have 2 MiB extents alone', () => {
    const boot = { extents: { value: 'all2M', spelling: 1 } } as const;
    const refused = expect.objectContaining({ code: 'SUPERPAGES_UNSUPPORTED' });
    expect(() => ia64PvHandler.plan(inputFor(pvGuest({ boot }), TODAY))).toThrow(refused);
    expect(() => ia64HvmHandler.plan(inputFor(hvmGuest({ boot }), TODAY))).toThrow(refused);
  });
});

describe('an ia64 PV guest', () => {
  it('has the size of its hash page table built in', () => {
    const { actions } = ia64PvHandler.plan(inputFor(pvGuest({ platform: { vhpt: 24 } }), IN_2009));
    expect(actions.beforeBuild.map((action) => action.kind)).toEqual(['check-path', 'check-path']);
    expect(actions.build).toMatchObject([
      { kind: 'build', spec: { container: 'pv', targetMib: 256, maximumMib: 512, vhpt: 24 } },
    ]);
    expect(actions.finish).toEqual([{ kind: 'require-built', section: 'built', ostype: 'linux' }]);
  });

  it('has the device model of x86', () => {
    const { deviceModel } = ia64PvHandler.plan(inputFor(pvGuest(), IN_2009));
    expect(deviceModel.args).toMatchObject({
      devices: [{ arg: 'serial', target: 'pty' }],
      machine: [{ arg: 'machine', machine: 'pv', platformPci: false }],
      memory: [],
      restore: [],
    });
  });
});

describe('an ia64 HVM guest', () => {
  it('has NVRAM, hash page table and the name of its system set before the build', () => {
    const config = hvmGuest({ platform: { vhpt: 22, guestOsType: 'WindowsServer' } });
    const { actions } = ia64HvmHandler.plan(inputFor(config, IN_2009));
    expect(actions.beforeBuild).toEqual([
      { kind: 'ia64:init-nvram', section: 'nvram', args: { name: 'guest7' } },
      { kind: 'set-hvm-param', section: 'params', param: 'vhptSize', value: 22 },
      { kind: 'ia64:set-os-type', section: 'os-type', args: { osType: 'windowsserver' } },
    ]);
    expect(actions.build).toMatchObject([
      { kind: 'build', spec: { container: 'hvm', maximumMib: 532, targetMib: 256 } },
      { kind: 'require-built', ostype: 'hvm' },
    ]);
  });

  it.each([
    [null, []],
    ['', [{ osType: '' }]],
  ])('with a system called %p has it set: %j', (guestOsType, expected) => {
    const { actions } = ia64HvmHandler.plan(inputFor(hvmGuest({ platform: { guestOsType } }), IN_2009));
    const set = actions.beforeBuild.filter((action) => action.kind === 'ia64:set-os-type');
    expect(set.map((action) => 'args' in action && action.args)).toEqual(expected);
  });

  it('has its device model told of its memory, under any policy', () => {
    const config = hvmGuest({ memory: { targetKib: 525311 } });
    for (const policy of [IN_2009, TODAY]) {
      const { deviceModel } = ia64HvmHandler.plan(inputFor(config, policy));
      expect(deviceModel.args.memory).toEqual([{ arg: 'memory', sizeMib: 512 }]);
      expect(deviceModel.args.restore).toEqual([{ arg: 'restore' }]);
    }
  });
});
