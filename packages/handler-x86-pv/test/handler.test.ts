import { describe, expect, it } from '@jest/globals';
import { Registry } from '@xen-image/core';
import { inputFor, pvGuest } from '../../core/test/support/guest.js';
import { IN_2009, TODAY } from '../../core/test/support/policies.js';
import { x86PvHandler, x86PvPlugin } from '../src/index.js';

const CHECKS = [
  { kind: 'check-path', path: '/boot/vmlinuz' },
  { kind: 'check-path', path: '/boot/initrd.img' },
];

describe('the handler of x86 PV guests', () => {
  it('is found as linux and as pv', () => {
    const registry = new Registry();
    registry.use(x86PvPlugin);
    expect(registry.resolve('x86', 'linux').handler).toBe(x86PvHandler);
    expect(registry.resolve('x86', 'pv').handler).toBe(x86PvHandler);
    expect(() => registry.resolve('x86', 'hvm')).toThrow(expect.objectContaining({ code: 'HANDLER_UNKNOWN' }));
  });

  it('says what it can do', () => {
    expect(x86PvHandler.supports).toEqual({
      container: 'pv',
      deviceModel: true,
      restore: true,
      cpuid: true,
      superpages: true,
    });
  });

  it('limits the memory map, builds, and looks at the answer at the very end', () => {
    const { actions, ostype, domain } = x86PvHandler.plan(inputFor(pvGuest(), IN_2009));
    expect(ostype).toBe('linux');
    expect(domain).toEqual({ container: 'pv', hap: false, emulation: 'none' });
    expect(actions.beforeBuild).toMatchObject([...CHECKS, { kind: 'set-memmap-limit', limitKib: 532480 }]);
    expect(actions.build).toEqual([
      {
        kind: 'build',
        section: 'build',
        spec: {
          container: 'pv',
          kernel: '/boot/vmlinuz',
          ramdisk: { value: '/boot/initrd.img', spelling: '/boot/initrd.img' },
          commandLine: 'root=/dev/xvda1 ro',
          features: '',
          targetMib: 256,
          maximumMib: 512,
          extents: { value: 'best', spelling: 0 },
          vcpus: 2,
          channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
        },
      },
    ]);
    expect(actions.afterBuild).toEqual([]);
    expect(actions.finish).toEqual([{ kind: 'require-built', section: 'built', ostype: 'linux' }]);
    expect(actions.cpuid).toEqual([{ kind: 'apply-cpu-policy', section: 'cpuid', overrides: [] }]);
  });

  it('sets the time stamp counter’s mode today', () => {
    const { actions } = x86PvHandler.plan(inputFor(pvGuest(), TODAY));
    expect(actions.beforeBuild).toMatchObject([
      ...CHECKS,
      { kind: 'set-memmap-limit', limitKib: 524288 },
      { kind: 'set-tsc-mode', mode: 'default' },
    ]);
  });

  it('hands on the wish for 2 MiB extents, where it can be had', () => {
    const boot = { extents: { value: 'all2M', spelling: '1' } } as const;
    const { actions } = x86PvHandler.plan(inputFor(pvGuest({ boot })));
    expect(actions.build[0]).toMatchObject({ spec: { extents: { value: 'all2M', spelling: '1' } } });
    expect(() => x86PvHandler.plan(inputFor(pvGuest({ boot, memory: { targetKib: 263168 } })))).toThrow(
      expect.objectContaining({ code: 'SUPERPAGES_UNEVEN' }),
    );
  });

  it('gives its device model a pseudo terminal for a console', () => {
    const { deviceModel } = x86PvHandler.plan(inputFor(pvGuest(), IN_2009));
    expect(deviceModel).toEqual({
      program: null,
      environment: {},
      vncPassword: null,
      args: {
        identity: [{ arg: 'domain-name', name: 'guest7' }],
        display: [
          { arg: 'video-ram', sizeMib: { value: 4, spelling: 4 } },
          { arg: 'nographic', asked: false },
        ],
        boot: [],
        devices: [{ arg: 'serial', target: 'pty' }],
        machine: [{ arg: 'machine', machine: 'pv', platformPci: false }],
        memory: [],
        restore: [],
      },
    });
  });

  it('tells its device model of the most memory today', () => {
    const { deviceModel } = x86PvHandler.plan(inputFor(pvGuest({ deviceModel: { extraArgs: ['-s'] } })));
    expect(deviceModel.args.memory).toEqual([{ arg: 'memory', sizeMib: 512 }]);
    expect(deviceModel.args.machine[0]).toEqual({ arg: 'extra', text: '-s' });
  });

  it('decides the same for the same, and leaves what it is given as it is', () => {
    const input = inputFor(pvGuest());
    const before = structuredClone(input);
    expect(x86PvHandler.plan(input)).toEqual(x86PvHandler.plan(input));
    expect(input).toEqual(before);
  });
});
