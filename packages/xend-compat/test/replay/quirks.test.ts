import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../src/dictionary/input.js';
import { toText } from '../../src/dictionary/python.js';
import type { CaseInput, Effect } from '../../src/replay/case.js';
import type { CaseOutcome } from '../../src/replay/outcome.js';
import { devices, hvm, pv } from '../support/guest.js';
import { run } from '../support/run.js';

/**
 * Combinations that no recorded case has, with what the description of the original's oddities says of them. Each test
 * draws its combinations anew.
 */
const RUNS = { numRuns: 150 };

function stored(effects: readonly Effect[]): Record<string, Json> {
  return Object.fromEntries(effects.flatMap((effect) => (effect.kind === 'storeVm' ? effect.entries : [])));
}

function calls(effects: readonly Effect[] = []): string[] {
  return effects.flatMap((effect) => (effect.kind === 'xc' ? [effect.method] : []));
}

function call(outcome: CaseOutcome, method: string): Extract<Effect, { kind: 'xc' }> | undefined {
  const all = [...outcome.construct.effects, ...(outcome.createImage?.effects ?? [])];
  return all.find(
    (effect): effect is Extract<Effect, { kind: 'xc' }> => effect.kind === 'xc' && effect.method === method,
  );
}

/** The argument that follows an option; `undefined` where the option is not given. */
function after(outcome: CaseOutcome, option: string): Json | undefined {
  const argv = outcome.deviceModel?.argvCreate ?? [];
  const at = argv.indexOf(option);
  return at === -1 ? undefined : argv[at + 1];
}

function has(outcome: CaseOutcome, option: string): boolean {
  return outcome.deviceModel?.argvCreate.includes(option) === true;
}

/** Spellings of a switch, with the number that Python makes of each. */
const flag = fc.constantFrom<readonly [Json, number]>(
  ...([
    [0, 0],
    ['0', 0],
    [' 00\n', 0],
    [false, 0],
    [1, 1],
    ['1', 1],
    ['+1', 1],
    [true, 1],
    [2, 2],
    ['- 3', -3],
  ] as const),
);

const kib = fc.integer({ min: 0, max: 2 ** 32 });

describe('memory', () => {
  it('is divided by 1024 and rounded down, each figure on its own', async () => {
    await fc.assert(
      fc.asyncProperty(kib, kib, fc.nat(4096), async (targetKib, moreKib, videoram) => {
        const maximumKib = targetKib + moreKib;
        const vm = { memoryTargetKib: targetKib, memoryMaximumKib: maximumKib };
        const x86 = call(await run(hvm({ vm, platform: { videoram } })), 'hvm_build')?.kwargs;
        expect(x86).toMatchObject({ memsize: Math.floor(maximumKib / 1024), target: Math.floor(targetKib / 1024) });
        const ia64 = call(await run(hvm({ vm, arch: 'ia64', platform: { videoram } })), 'hvm_build')?.kwargs;
        const firmwareKib = (1024 + 5) * 16;
        expect(ia64).toMatchObject({
          memsize: Math.floor((maximumKib + firmwareKib + videoram * 1024) / 1024),
          target: Math.floor(targetKib / 1024),
        });
        const linux = await run(pv({ vm, platform: { videoram } }));
        expect(call(linux, 'linux_build')?.kwargs).toMatchObject({ memsize: Math.floor(targetKib / 1024) });
        expect(call(linux, 'domain_set_memmap_limit')?.args).toEqual([7, maximumKib + 8192]);
      }),
      RUNS,
    );
  });

  it('of the shadow is the greater of the configured size and the formula, for x86 HVM alone', async () => {
    await fc.assert(
      fc.asyncProperty(kib, kib, fc.integer({ min: 1, max: 128 }), async (shadowKib, maxmemKib, vcpus) => {
        const queries = { availableMemoryKib: [], shadowMemoryKib: [[shadowKib, maxmemKib] as const] };
        const of = async (input: CaseInput) => (await run({ ...input, queries })).memory?.requiredShadowKib[0];
        const formula = 4 * (256 * vcpus + 2 * Math.floor(maxmemKib / 1024));
        expect(await of(hvm({ vm: { vcpus } }))).toBe(Math.max(formula, shadowKib));
        expect(await of(hvm({ arch: 'ia64', vm: { vcpus } }))).toBe(0);
        expect(await of(pv({ vm: { vcpus } }))).toBe(0);
      }),
      RUNS,
    );
  });

  it('available to a stub domain counts the video RAM, by its kernel’s path, the bootloader’s among them', async () => {
    const kernels = fc.constantFrom(
      '/boot/stubdom.gz',
      '/srv/xstubdomx/k',
      '/srv/Stubdom/k',
      '/boot/vmlinuz',
      'stubdom',
    );
    await fc.assert(
      fc.asyncProperty(kernels, fc.boolean(), fc.nat(512), kib, async (kernel, bootloader, videoram, memoryKib) => {
        const boot = bootloader
          ? {
              _temp_using_bootloader: '',
              _temp_kernel: kernel,
              _temp_args: '',
              _temp_ramdisk: '',
              PV_kernel: '/stubdom',
            }
          : { PV_kernel: kernel };
        const input = pv({ config: boot, platform: { videoram: String(videoram) } });
        const outcome = await run({ ...input, queries: { availableMemoryKib: [memoryKib], shadowMemoryKib: [] } });
        const extraKib = kernel.includes('stubdom') ? videoram * 1024 : 0;
        expect(outcome.memory).toMatchObject({
          requiredAvailableKib: [memoryKib + extraKib],
          requiredInitialReservationKib: 262144,
          requiredMaximumReservationKib: 524288,
        });
      }),
      RUNS,
    );
  });
});

describe('the clock', () => {
  it('is set by the number and the zone, where their sum is not 0, and recorded as spelled', async () => {
    const localtimes = fc.constantFrom<readonly [Json, boolean]>(
      ...([
        [0, false],
        ['', false],
        [null, false],
        ['0', true],
        ['no', true],
        [1, true],
      ] as const),
    );
    const west = fc.constantFrom(-39600, -3600, 0, 12600, 18000);
    const offsets = fc.constantFrom(0, 3600, -3600, 60);
    await fc.assert(
      fc.asyncProperty(
        localtimes,
        west,
        west,
        fc.constantFrom(0, 1),
        offsets,
        async (local, std, alt, isDst, offset) => {
          const [localtime, applies] = local;
          const spelling = ` ${offset} `;
          const outcome = await run(
            hvm({
              platform: { localtime, rtc_timeoffset: spelling },
              clock: { isDst, timezoneWestSeconds: std, altzoneWestSeconds: alt },
            }),
          );
          const sum = offset - (applies ? (isDst === 1 ? alt : std) : 0);
          expect(call(outcome, 'domain_set_time_offset')?.args).toEqual(sum === 0 ? undefined : [7, sum]);
          expect(stored(outcome.construct.effects)['rtc/timeoffset']).toBe(spelling);
          expect(has(outcome, '-localtime')).toBe(localtime === 1);
        },
      ),
      RUNS,
    );
  });
});

describe('the screen', () => {
  it('is shown by VNC or SDL or not at all, whoever switches them on', async () => {
    await fc.assert(
      fc.asyncProperty(flag, flag, flag, flag, flag, async (vnc, sdl, ownVnc, ownSdl, nographic) => {
        const config = devices('console_refs', ['vfb', { vnc: ownVnc[0], sdl: ownSdl[0] }]);
        const platform = { vnc: vnc[0], sdl: sdl[0], nographic: nographic[0] };
        const outcome = await run(pv({ platform, config }));
        const off = nographic[1] !== 0;
        const hasVnc = !off && (vnc[1] !== 0 || ownVnc[1] !== 0);
        const hasSdl = !off && (sdl[1] !== 0 || ownSdl[1] !== 0);
        expect([has(outcome, '-vnc'), has(outcome, '-sdl')]).toEqual([hasVnc, hasSdl]);
        expect(has(outcome, '-nographic')).toBe(!hasVnc && !hasSdl);
        expect(has(outcome, '-videoram')).toBe(!off);
      }),
      RUNS,
    );
  });

  it('by VNC is told listen address, display, password, then TLS; -vncunused unless it is zero', async () => {
    const passwords = fc.constantFrom<Json | undefined>(undefined, null, '', 'pw', 0, 42);
    const hostPasswords = fc.constantFrom<Json>(null, '', 'hostpw');
    await fc.assert(
      fc.asyncProperty(
        passwords,
        hostPasswords,
        flag,
        flag,
        flag,
        fc.nat(99),
        async (own, host, tls, verify, unused, display) => {
          const outcome = await run(
            hvm({
              platform: { vnc: 1, vncpasswd: own, vncunused: unused[0], vncdisplay: `0${display}`, vnclisten: null },
              options: { vncpasswd: host, vncTls: tls[0], vncX509Verify: verify[0] },
            }),
          );
          const password = own === undefined ? host : own;
          const truthy = (value: Json | undefined) => value !== 0 && value !== false && value !== '' && value !== null;
          const secret = truthy(password) ? ',password' : '';
          const x509 = truthy(tls[0]) ? `,tls,${truthy(verify[0]) ? 'x509verify' : 'x509'}=/etc/xen/vnc` : '';
          expect(after(outcome, '-vnc')).toBe(`None:${display}${secret}${x509}`);
          expect(has(outcome, '-vncunused')).toBe(unused[1] !== 0);
          expect(stored(outcome.construct.effects)['vncpasswd']).toBe(
            secret === '' ? undefined : toText(password ?? null),
          );
        },
      ),
      RUNS,
    );
  });

  it('by SDL uses OpenGL where the platform’s number, else the frame buffer’s, is exactly 1', async () => {
    const maybe = fc.option(flag, { nil: undefined });
    await fc.assert(
      fc.asyncProperty(maybe, maybe, async (platform, own) => {
        const info = { sdl: 1, ...(own === undefined ? {} : { opengl: own[0] }) };
        const outcome = await run(
          pv({ platform: { opengl: platform?.[0] }, config: devices('console_refs', ['vfb', info]) }),
        );
        const number = platform?.[1] ?? own?.[1] ?? 1;
        expect(has(outcome, '-disable-opengl')).toBe(number !== 1);
      }),
      RUNS,
    );
  });
});

describe('the device model’s options', () => {
  const word = fc.constantFrom('', 'pty', '-sdl', '-serial', '-disable-opengl', 'my guest', 'größe', 'a');

  it('of an HVM guest are stored in one text, without four words wherever they stand', async () => {
    const targets = fc.array(fc.constantFrom('pty', 'stdio', '', 'tcp::1'), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(word, targets, flag, async (name, serial, sdl) => {
        const outcome = await run(hvm({ vm: { nameLabel: name }, platform: { serial, sdl: sdl[0] } }));
        const argv = (outcome.deviceModel?.argvCreate ?? []).map(String);
        const dropped = new Set(['-sdl', '-disable-opengl', '-serial', 'pty']);
        const options = argv.slice(3, argv.lastIndexOf('-M')).filter((option) => !dropped.has(option));
        expect(stored(outcome.construct.effects)['image/dmargs']).toBe(options.join(' '));
      }),
      RUNS,
    );
  });

  it('come in one order, each where its value is given', async () => {
    const keys = ['boot', 'fda', 'fdb', 'soundhw', 'localtime', 'serial', 'stdvga', 'isa', 'acpi', 'usb', 'usbdevice'];
    const named = (key: string) => (key === 'stdvga' ? '-std-vga' : `-${key}`);
    await fc.assert(
      fc.asyncProperty(fc.subarray(keys), async (given) => {
        const platform = Object.fromEntries(
          keys.map((key) => [key, given.includes(key) ? (key.startsWith('fd') ? '/f' : 1) : 0]),
        );
        const withText = { ...platform, serial: given.includes('serial') ? 'pty' : '' };
        const argv = (await run(hvm({ platform: withText }))).deviceModel?.argvCreate ?? [];
        const names = keys.map(named);
        expect(argv.filter((option) => names.includes(toText(option)))).toEqual(given.map(named));
      }),
      RUNS,
    );
  });

  it('name the emulated interfaces, counted by themselves', async () => {
    const nic = fc.record({
      type: fc.constantFrom('ioemu', 'netfront', 'vif', ''),
      mac: fc.constantFrom('00:16:3e:00:00:01', ''),
      bridge: fc.constantFrom<Json>('br1', null),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(nic, { maxLength: 4 }), async (nics) => {
        const config = devices('vif_refs', ...nics.map((info) => ['vif', info] as const));
        const argv = (await run(hvm({ config }))).deviceModel?.argvCreate ?? [];
        const expected = nics
          .filter(({ type }) => type === 'ioemu')
          .flatMap(({ mac, bridge }, index) => [
            '-net',
            `nic,vlan=${index + 1},macaddr=${mac},model=rtl8139`,
            '-net',
            `tap,vlan=${index + 1},ifname=tap7.${index},bridge=${toText(bridge)}`,
          ]);
        expect(argv.slice(argv.indexOf('-net'), -2)).toEqual(expected.length === 0 ? ['-net', 'none'] : expected);
      }),
      RUNS,
    );
  });
});

describe('the first failure', () => {
  /** What can go wrong while an x86 HVM guest is built, in the original's order, and what is told of it. */
  const STAGES = [
    [{ script: { paths: {} }, config: { PV_kernel: '/boot/none' } }, 'Kernel image does not exist: /boot/none'],
    [{ config: { PV_ramdisk: '/boot/none' } }, 'Kernel ramdisk does not exist: /boot/none'],
    [{ config: { PV_args: null } }, 'the command line is None'],
    [{ script: { xcFailures: { hvm_build: [12] } } }, 'hvm_build failed'],
    [{ script: { xcResults: { hvm_build: -1 } } }, 'Building domain failed'],
    [{ script: { xcFailures: { hvm_get_param: [22] } } }, 'hvm_get_param failed'],
    [{ script: { xcFailures: { domain_set_policy_cpuid: [1] } } }, 'domain_set_policy_cpuid failed'],
    [{ config: { cpuid: { '1': {} } }, script: { xcFailures: { domain_set_cpuid: [2] } } }, 'domain_set_cpuid failed'],
    [{ config: { cpuid: { zero: {} } } }, 'a part of the cpuid key zero'],
  ] as const;

  it('of the build is the one that is told, whatever would fail after it', async () => {
    const indices = fc.uniqueArray(fc.nat(STAGES.length - 1), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(indices, async (chosen) => {
        const ordered = [...chosen].sort((a, b) => a - b);
        const merged = { config: {}, script: {} as Record<string, object> };
        for (const index of [...ordered].reverse()) {
          const [options] = STAGES[index]!;
          Object.assign(merged.config, 'config' in options ? options.config : {});
          for (const [key, value] of Object.entries('script' in options ? options.script : {})) {
            merged.script[key] = { ...merged.script[key], ...value };
          }
        }
        const outcome = await run(hvm(merged));
        expect(outcome.createImage?.error?.message).toContain(STAGES[ordered[0]!]![1]);
      }),
      RUNS,
    );
  });

  it('of the construction ends what is done: nothing after it happens', async () => {
    const parts = ['image/kernel', 'vncpasswd', 'image/dmargs', 'rtc/timeoffset'];
    const platform = { vnc: 1, vncpasswd: 'pw', rtc_timeoffset: 60 };
    const cases: readonly (readonly [CaseInput, readonly string[], readonly string[]])[] = [
      [hvm({ platform: { ...platform, vnc: 'x' } }), parts.slice(0, 1), []],
      [hvm({ platform: { ...platform, vncdisplay: 'x' } }), parts.slice(0, 2), []],
      [hvm({ platform, options: { vncTls: 1, vncX509CertDir: '/gone' } }), parts.slice(0, 2), []],
      [hvm({ platform: { ...platform, fda: 'rel' } }), parts.slice(0, 2), []],
      [hvm({ platform, xenCaps: 'xen-3.0' }), parts.slice(0, 2), ['domain_set_time_offset']],
      [hvm({ platform: { ...platform, apic: 'x' } }), parts, ['domain_set_time_offset']],
    ];
    for (const [input, written, called] of cases) {
      const { construct } = await run(input);
      expect(construct.error).toBeDefined();
      const names = Object.keys(stored(construct.effects));
      expect(parts.filter((part) => names.includes(part))).toEqual(written);
      expect(calls(construct.effects)).toEqual(called);
    }
  });
});

describe('a hypervisor that does not answer', () => {
  const script = { xcFailures: { xeninfo: [1, 'Operation not permitted'] } };

  it('is noticed before an HVM guest is configured', async () => {
    const { construct } = await run(hvm({ script, platform: { rtc_timeoffset: 60 } }));
    expect(construct.effects).toEqual([]);
    expect(construct.error).toMatchObject({ code: 'HYPERVISOR_CALL_FAILED', call: 'xeninfo' });
  });

  it('has not the word where an earlier check fails', async () => {
    const options = { vncTls: 1, vncX509CertDir: '/gone' };
    const gone = await run(hvm({ script, platform: { vnc: 1 }, options }));
    expect(gone.construct.error?.message).toContain('VNC x509 certificate dir /gone does not exist');
    const bad = await run(hvm({ script, platform: { vnc: 'x', fda: 'rel' } }));
    expect(bad.construct.error?.code).toBe('XEND_CONFIG_VALUE');
  });

  it('is not asked for a PV guest', async () => {
    expect((await run(pv({ script }))).construct.error).toBeUndefined();
  });

  it('that answers without capabilities is refused where the question stands', async () => {
    const odd = { xcResults: { xeninfo: { caps: 'hvm' } } };
    const { construct } = await run(hvm({ script: odd, platform: { rtc_timeoffset: 60 } }));
    expect(construct.error?.code).toBe('XEN_INFO_INVALID');
    expect(calls(construct.effects)).toEqual(['domain_set_time_offset']);
  });
});

describe('a bootloader’s files', () => {
  const failures = fc.subarray([
    { platform: { vnc: 'x' } },
    { config: { _temp_args: undefined } },
    { script: { xcFailures: { linux_build: [1] } } },
    { imageType: 'vmx' },
  ]);

  it('are gone at the end, whatever failed', async () => {
    await fc.assert(
      fc.asyncProperty(failures, fc.boolean(), async (chosen, present) => {
        const files = { _temp_using_bootloader: '1', _temp_kernel: '/run/k', _temp_args: '', _temp_ramdisk: '/run/r' };
        let options: Parameters<typeof pv>[0] = { config: files, script: {} };
        for (const more of chosen)
          options = { ...options, ...more, config: { ...options.config, ...('config' in more ? more.config : {}) } };
        const input = pv(options);
        const paths: Record<string, 'file' | 'dir'> = { ...input.host.paths, '/run/r': 'file' };
        if (present) paths['/run/k'] = 'file';
        const outcome = await run({ ...input, host: { ...input.host, paths } });
        expect(outcome.filesLeft).toEqual([]);
        expect(outcome.cleanupBootloading.effects).toEqual([
          present
            ? { kind: 'unlink', path: '/run/k' }
            : {
                kind: 'warning',
                message: "error removing bootloader file '/run/k': [Errno 2] No such file or directory: '/run/k'",
              },
          { kind: 'unlink', path: '/run/r' },
        ]);
      }),
      RUNS,
    );
  });
});

describe('CPUID', () => {
  const leaf = fc.constantFrom('1', '4,0', '4,1', '4,1,2', ' 7 ', '-1', '0x1', '', '13,x');
  const map = fc
    .uniqueArray(leaf, { maxLength: 4 })
    .map((keys) => Object.fromEntries(keys.map((key) => [key, { eax: 'xks1' }])));

  it('is policy, then masks, then comparisons, up to the first key that is no leaf', async () => {
    const good = (key: string) => !['0x1', '', '13,x'].includes(key);
    await fc.assert(
      fc.asyncProperty(map, map, async (cpuid, check) => {
        const outcome = await run(pv({ config: { cpuid, cpuid_check: check } }));
        const setKeys = Object.keys(cpuid);
        const checkKeys = Object.keys(check);
        const badSet = setKeys.findIndex((key) => !good(key));
        const badCheck = checkKeys.findIndex((key) => !good(key));
        const sets = badSet === -1 ? setKeys.length : badSet;
        const checks = badSet !== -1 ? 0 : badCheck === -1 ? checkKeys.length : badCheck;
        const expected = [
          'domain_set_policy_cpuid',
          ...Array.from({ length: sets }, () => 'domain_set_cpuid'),
          ...Array.from({ length: checks }, () => 'domain_check_cpuid'),
        ];
        expect(calls(outcome.setCpuid?.effects)).toEqual(expected);
        expect(calls(outcome.createImage?.effects).slice(2)).toEqual(expected);
        const failed = badSet !== -1 || badCheck !== -1;
        expect(outcome.setCpuid?.error?.code).toBe(failed ? 'XEND_CONFIG_VALUE' : undefined);
        if (!failed) {
          const answered = (given: object) =>
            Object.fromEntries(Object.keys(given).map((key) => [key, { eax: '0111' }]));
          expect(outcome.setCpuid).toMatchObject({ cpuid: answered(cpuid), cpuidCheck: answered(check) });
        }
      }),
      RUNS,
    );
  });
});

describe('the system of an ia64 HVM guest', () => {
  it('is told in lower case, but for letters that are not ASCII', async () => {
    const outcome = await run(hvm({ arch: 'ia64', platform: { guest_os_type: 'WindowsÄ' } }));
    expect(call(outcome, 'set_os_type')?.args).toEqual(['windowsÄ', 7]);
  });

  it('is told though it is empty, and not where there is none', async () => {
    expect(call(await run(hvm({ arch: 'ia64', platform: { guest_os_type: '' } })), 'set_os_type')?.args).toEqual([
      '',
      7,
    ]);
    expect(call(await run(hvm({ arch: 'ia64' })), 'set_os_type')).toBeUndefined();
    expect(call(await run(hvm({ platform: { guest_os_type: 'x' } })), 'set_os_type')).toBeUndefined();
  });
});

describe('an image type', () => {
  it.each([
    ['x86', 'vmx'],
    ['ia64', 'minios'],
    ['powerpc', 'hvm'],
    ['x86', 'pv'],
    ['ia64', 'pv'],
  ])('that xend did not have for %s is refused by its name: %s', async (arch, imageType) => {
    const { construct } = await run(pv({ arch, imageType }));
    expect(construct.effects).toEqual([]);
    expect(construct.error?.message).toContain(`unknown image type: ${imageType}`);
  });
});
