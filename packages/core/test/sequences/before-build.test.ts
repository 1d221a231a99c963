import { describe, expect, it } from '@jest/globals';
import { commonBeforeBuild, spelled, tscMode } from '../../src/plugin.js';
import { inputFor, pvGuest } from '../support/guest.js';
import { IN_2009, TODAY } from '../support/policies.js';

describe('before any build', () => {
  it('kernel and ramdisk must be plain files', () => {
    expect(commonBeforeBuild(pvGuest())).toEqual([
      {
        kind: 'check-path',
        section: 'files',
        path: '/boot/vmlinuz',
        want: 'file',
        error: {
          code: 'KERNEL_MISSING',
          message: 'Kernel image does not exist: /boot/vmlinuz',
          hint: 'Kernel and ramdisk are plain files of this host, not of the guest.',
        },
      },
      {
        kind: 'check-path',
        section: 'files',
        path: '/boot/initrd.img',
        want: 'file',
        error: {
          code: 'RAMDISK_MISSING',
          message: 'Kernel ramdisk does not exist: /boot/initrd.img',
          hint: 'Kernel and ramdisk are plain files of this host, not of the guest.',
        },
      },
    ]);
  });

  it('nothing is looked for that is not named', () => {
    const boot = { kernel: spelled<string | null>(null), ramdisk: spelled<string | null>('') };
    expect(commonBeforeBuild(pvGuest({ boot }))).toEqual([]);
  });

  it.each([
    ['x'.repeat(1023), 0],
    ['x'.repeat(1024), 1],
    ['é'.repeat(511), 0],
    ['é'.repeat(512), 1],
    ['€'.repeat(341), 0],
    ['€'.repeat(342), 1],
    ['😀'.repeat(255), 0],
    ['😀'.repeat(256), 1],
  ])('a command line of bytes beyond 1023 is warned of (%#)', (commandLine, warnings) => {
    const boot = { kernel: spelled<string | null>(null), ramdisk: spelled<string | null>(null) };
    const actions = commonBeforeBuild(pvGuest({ boot: { ...boot, commandLine: spelled(commandLine) } }));
    expect(actions.map(({ kind, section }) => [kind, section])).toEqual(
      warnings === 0 ? [] : [['warn', 'command-line']],
    );
  });
});

it('a warning of the command line tells both lengths', () => {
  const config = pvGuest({ boot: { commandLine: spelled('x'.repeat(1500)) } });
  expect(commonBeforeBuild(config).at(-1)).toEqual({
    kind: 'warn',
    section: 'command-line',
    code: 'COMMAND_LINE_LONG',
    message: 'the kernel command line has 1500 bytes, paravirtual kernels take at most 1023',
  });
});

describe('the time stamp counter', () => {
  it('is left alone where nobody says how', () => {
    expect(tscMode(inputFor(pvGuest(), IN_2009))).toEqual([]);
  });

  it('has the mode of the policy, or the guest’s own', () => {
    expect(tscMode(inputFor(pvGuest(), TODAY))).toMatchObject([{ kind: 'set-tsc-mode', mode: 'default' }]);
    const own = pvGuest({ platform: { tscMode: 'never' } });
    expect(tscMode(inputFor(own, TODAY))).toMatchObject([{ mode: 'never' }]);
    expect(tscMode(inputFor(own, IN_2009))).toMatchObject([{ mode: 'never' }]);
  });
});
