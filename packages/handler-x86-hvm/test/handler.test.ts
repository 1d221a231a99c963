import { describe, expect, it } from '@jest/globals';
import { Registry } from '@xen-image/core';
import { hvmGuest, inputFor } from '../../core/test/support/guest.js';
import { IN_2009, TODAY } from '../../core/test/support/policies.js';
import { x86HvmHandler, x86HvmPlugin } from '../src/index.js';

const LOADER = '/usr/lib/xen/boot/hvmloader';

describe('the handler of x86 HVM guests', () => {
  it('is found as hvm', () => {
    const registry = new Registry();
    registry.use(x86HvmPlugin);
    expect(registry.resolve('x86', 'hvm').handler).toBe(x86HvmHandler);
  });

  it('says what it can do', () => {
    expect(x86HvmHandler.supports).toEqual({
      container: 'hvm',
      deviceModel: true,
      restore: true,
      cpuid: true,
      superpages: false,
    });
  });

  it('sets PAE, builds, and tells the guest of its xenstore ring as in 2009', () => {
    const { actions, ostype } = x86HvmHandler.plan(inputFor(hvmGuest({ platform: { pae: 3 } }), IN_2009));
    expect(ostype).toBe('hvm');
    expect(actions.beforeBuild).toEqual([{ kind: 'set-hvm-param', section: 'params', param: 'paeEnabled', value: 3 }]);
    expect(actions.build).toMatchObject([
      { kind: 'build', spec: { kernel: LOADER, targetMib: 256, maximumMib: 512 } },
      { kind: 'require-built', ostype: 'hvm' },
    ]);
    expect(actions.afterBuild).toEqual([
      { kind: 'note', section: 'results', key: 'SUSPEND_CANCEL', value: 1, replace: true },
      { kind: 'get-hvm-param', section: 'results', param: 'storePfn', as: 'storeFrame' },
      { kind: 'set-hvm-param', section: 'results', param: 'storeEvtchn', value: { ref: 'storePort' } },
    ]);
    expect(actions.finish).toEqual([]);
  });

  it('sets today’s parameters, and leaves the ring to the builder', () => {
    const config = hvmGuest({
      boot: { firmware: { kind: 'seabios', path: '/bios.bin' } },
      platform: { hvmParams: { timerMode: 2, viridian: 1 } },
    });
    const { actions } = x86HvmHandler.plan(inputFor(config, TODAY));
    expect(actions.beforeBuild).toMatchObject([
      { kind: 'check-path', path: LOADER, error: { code: 'LOADER_MISSING' } },
      { kind: 'check-path', path: '/bios.bin', error: { code: 'FIRMWARE_MISSING' } },
      { kind: 'set-hvm-param', param: 'hpetEnabled', value: 1 },
      { kind: 'set-hvm-param', param: 'vptAlign', value: 1 },
      { kind: 'set-hvm-param', param: 'timerMode', value: 2 },
      { kind: 'set-hvm-param', param: 'altp2m', value: 0 },
      { kind: 'set-hvm-param', param: 'viridian', value: 1 },
      { kind: 'set-tsc-mode', mode: 'default' },
    ]);
    expect(actions.afterBuild).toEqual([]);
  });

  it('builds from the loader, the firmware, and the memory that the video card leaves', () => {
    const config = hvmGuest({
      boot: { firmware: { kind: 'seabios', path: '/bios.bin' } },
      platform: { acpi: false, mmioHoleMib: 1024 },
    });
    const { actions } = x86HvmHandler.plan(inputFor(config, TODAY));
    expect(actions.build[0]).toEqual({
      kind: 'build',
      section: 'build',
      spec: {
        container: 'hvm',
        kernel: LOADER,
        commandLine: '',
        features: '',
        targetMib: 252,
        maximumMib: 508,
        extents: { value: 'best', spelling: 0 },
        vcpus: 2,
        mmioHole: { startBytes: 0xc0000000, sizeBytes: 0x40000000 },
        vgaHole: true,
        deviceModel: true,
        firmware: '/bios.bin',
        hvmInfo: { acpi: false, apic: true, vcpus: 2 },
        channels: { store: { ref: 'storePort' }, console: { ref: 'consolePort' } },
      },
    });
  });

  it.each([null, 16])('has a hole of 256 MiB at least (configured: %p)', (mmioHoleMib) => {
    const { actions } = x86HvmHandler.plan(inputFor(hvmGuest({ platform: { mmioHoleMib } })));
    expect(actions.build[0]).toMatchObject({
      spec: { mmioHole: { startBytes: 0xf0000000, sizeBytes: 0x10000000 } },
    });
  });

  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ])('has HAP where guest (%p) and host (%p) have it: %p', (guest, host, hap) => {
    const { domain } = x86HvmHandler.plan(inputFor(hvmGuest({ platform: { hap: guest } }), TODAY, host));
    expect(domain).toEqual({ container: 'hvm', hap, emulation: 'hvm' });
  });

  it('hides PAE in CPUID today, where it is off', () => {
    const edx = 'x'.repeat(25) + '0' + 'x'.repeat(6);
    const off = hvmGuest({ platform: { pae: false } });
    expect(x86HvmHandler.plan(inputFor(off, TODAY)).actions.cpuid).toMatchObject([{ overrides: [{ masks: { edx } }] }]);
    expect(x86HvmHandler.plan(inputFor(hvmGuest(), TODAY)).actions.cpuid).toMatchObject([{ overrides: [] }]);
    expect(x86HvmHandler.plan(inputFor(off, IN_2009)).actions.cpuid).toHaveLength(1);
  });

  it('cannot have 2 MiB extents alone', () => {
    const boot = { extents: { value: 'all2M', spelling: 1 } } as const;
    expect(() => x86HvmHandler.plan(inputFor(hvmGuest({ boot }), TODAY))).toThrow(
      expect.objectContaining({ code: 'SUPERPAGES_UNSUPPORTED' }),
    );
    const { actions } = x86HvmHandler.plan(inputFor(hvmGuest({ boot }), IN_2009));
    expect(actions.build[0]).toMatchObject({ spec: { extents: { value: 'best' } } });
  });

  it('composes its device model’s arguments from all sections', () => {
    const config = hvmGuest({ deviceModel: { program: '/qemu', extraArgs: ['-s'] } });
    const { deviceModel } = x86HvmHandler.plan(inputFor(config, TODAY));
    expect(deviceModel.program).toBe('/qemu');
    expect(deviceModel.args.machine).toEqual([
      { arg: 'extra', text: '-s' },
      { arg: 'machine', machine: 'fv', platformPci: true },
    ]);
    expect(deviceModel.args.memory).toEqual([{ arg: 'memory', sizeMib: 508 }]);
    expect(deviceModel.args.restore).toEqual([{ arg: 'restore' }]);
    expect(x86HvmHandler.plan(inputFor(config, IN_2009)).deviceModel.args.memory).toEqual([]);
  });

  it('decides the same for the same, and leaves what it is given as it is', () => {
    const input = inputFor(hvmGuest());
    const before = structuredClone(input);
    expect(x86HvmHandler.plan(input)).toEqual(x86HvmHandler.plan(input));
    expect(input).toEqual(before);
  });
});
