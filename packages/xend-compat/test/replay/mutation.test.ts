import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OWN_COPY } from '../support/vectors.js';

/** A line to be broken; with the reason where no recorded case can see it. */
interface Mutant {
  /** Below `packages/PACKAGE/src`, the package first. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly survives?: string;
}

const PV = 'handler-x86-pv/';
const HVM = 'handler-x86-hvm/';
const IA64 = 'handler-ia64/';
const DIALECT = 'dm-qemu/dialects/traditional.ts';

/** What the handlers decide, each in its own rooms. */
const HANDLERS: readonly Mutant[] = [
  {
    file: `${PV}build.ts`,
    find: "section: 'limits', limitKib }",
    replace: "section: 'limits', limitKib: limitKib + 1 }",
  },
  { file: `${PV}build.ts`, find: 'finish: linuxFinish(),', replace: 'finish: [],' },
  { file: `${PV}build.ts`, find: 'cpuid: cpuidActions(input.config, input.policy),', replace: 'cpuid: [],' },
  {
    file: `${PV}memory.ts`,
    find: "figure('memmapLimit', maximumKib + slackKib,",
    replace: "figure('memmapLimit', maximumKib,",
  },
  { file: `${PV}device-model.ts`, find: "target: 'pty'", replace: "target: 'vc'" },
  { file: `${PV}device-model.ts`, find: "machine: 'pv'", replace: "machine: 'fv'" },
  { file: `${HVM}build.ts`, find: 'Number(config.platform.pae)', replace: '1' },
  { file: `${HVM}build.ts`, find: 'afterBuild: hvmAfterBuild(input),', replace: 'afterBuild: [],' },
  { file: `${HVM}build.ts`, find: 'cpuid: cpuid(input),', replace: 'cpuid: [],' },
  { file: `${HVM}memory.ts`, find: '+ 2 * wholeMib(maxmemKib));', replace: '+ wholeMib(maxmemKib));' },
  { file: `${HVM}memory.ts`, find: 'Math.max(pool, shadowKib)', replace: 'pool' },
  {
    file: `${HVM}memory.ts`,
    find: "figure('available', memoryKib + videoKib,",
    replace: "figure('available', memoryKib,",
  },
  { file: `${HVM}device-model.ts`, find: 'boot: bootArgs(config),', replace: 'boot: [],' },
  { file: `${HVM}device-model.ts`, find: "restore: [{ arg: 'restore' }],", replace: 'restore: [],' },
  { file: `${IA64}build.ts`, find: 'pvMemory(input), config.platform.vhpt)', replace: 'pvMemory(input), 0)' },
  { file: `${IA64}build.ts`, find: '[nvram, setParam(', replace: '[setParam(' },
  { file: `${IA64}build.ts`, find: 'return [...actions, osType];', replace: 'return actions;' },
  { file: `${IA64}memory.ts`, find: 'const PAGE_KIB = 16;', replace: 'const PAGE_KIB = 4;' },
  { file: `${IA64}memory.ts`, find: 'input.config.memory.maximumKib', replace: 'input.config.memory.targetKib' },
  {
    file: `${IA64}device-model.ts`,
    find: 'wholeMib(config.memory.targetKib)',
    replace: 'wholeMib(config.memory.maximumKib)',
  },
];

/** How the original's device model is spoken to. */
const SPELLINGS: readonly Mutant[] = [
  { file: DIALECT, find: "option += ',password';", replace: "option += '';" },
  { file: DIALECT, find: 'tls.verify ? `,tls,x509verify=', replace: '!tls.verify ? `,tls,x509verify=' },
  {
    file: DIALECT,
    find: "return findUnused ? ['-vnc', option, '-vncunused']",
    replace: "return findUnused ? ['-vncunused', '-vnc', option]",
  },
  { file: DIALECT, find: 'String(sizeMib.spelling)', replace: 'String(sizeMib.value)' },
  { file: DIALECT, find: "opengl ? ['-sdl']", replace: "!opengl ? ['-sdl']" },
  { file: DIALECT, find: "['-monitor', 'vc']", replace: "['-monitor', 'pty']" },
  { file: DIALECT, find: '[`-fd${drive}`, path]', replace: '[`-fda`, path]' },
  { file: DIALECT, find: "commandLine === '' ? []", replace: "commandLine !== '' ? []" },
  { file: DIALECT, find: "name === 'no-acpi' ? []", replace: "name === 'acpi' ? []" },
  { file: DIALECT, find: '`nic,vlan=${index + 1},', replace: '`nic,vlan=${index},' },
  { file: DIALECT, find: 'ifname=tap${domid}.${index},', replace: 'ifname=tap${domid}.${index + 1},' },
  {
    file: DIALECT,
    find: 'spell([machine, restore, memory], context)',
    replace: 'spell([machine, memory, restore], context)',
  },
  {
    file: DIALECT,
    find: 'spell([identity, display, boot, devices], context)',
    replace: 'spell([identity, boot, display, devices], context)',
  },
  {
    file: DIALECT,
    find: "vcpus: ({ maximum }) => ['-vcpus', String(maximum)],",
    replace: "vcpus: ({ online }) => ['-vcpus', String(online)],",
    survives: 'every guest of xend starts with all of its vcpus, so the two numbers are one in each case',
  },
];

/** What the handlers share: core's sequences and sections of arguments. */
const SHARED: readonly Mutant[] = [
  { file: 'core/sequences/configure.ts', find: 'cmdline: commandLine.spelling', replace: 'cmdline: commandLine.value' },
  { file: 'core/sequences/configure.ts', find: 'vncpasswd: password.spelling', replace: "vncpasswd: ''" },
  { file: 'core/sequences/hvm-configure.ts', find: 'display: display.xDisplay ??', replace: 'display: null ??' },
  {
    file: 'core/sequences/hvm-configure.ts',
    find: 'platform.platformPci ? 0 : 1',
    replace: 'platform.platformPci ? 1 : 0',
  },
  { file: 'core/sequences/hvm-configure.ts', find: 'clock.configuredOffset.spelling', replace: 'clock.offsetSeconds' },
  { file: 'core/sequences/hvm-configure.ts', find: "'-serial', 'pty']", replace: "'-serial']" },
  {
    file: 'core/sequences/before-build.ts',
    find: 'bytes < COMMAND_LINE_BYTES',
    replace: 'bytes <= COMMAND_LINE_BYTES',
  },
  {
    file: 'core/sequences/linux-build.ts',
    find: 'figureMib(memory.initialReservation)',
    replace: 'figureMib(memory.maximumReservation)',
  },
  {
    file: 'core/sequences/hvm-build.ts',
    find: "key: 'SUSPEND_CANCEL', value: 1, replace: true",
    replace: "key: 'SUSPEND_CANCEL', value: 1",
  },
  { file: 'core/device-model/devices.ts', find: "type !== 'emulated'", replace: "type === 'emulated'" },
];

const MUTANTS = [...HANDLERS, ...SPELLINGS, ...SHARED];

interface Outcome {
  readonly passed?: number;
  readonly failed?: number;
  readonly error?: string;
}

const directory = realpathSync(mkdtempSync(join(tmpdir(), 'xen-image-mutants-')));
let outcomes: { readonly plain: Outcome; readonly mutants: readonly Outcome[] } | undefined;

beforeAll(() => {
  const script = fileURLToPath(new URL('../support/mutants.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script], {
    input: JSON.stringify({ directory, vectors: OWN_COPY, mutants: MUTANTS }),
    encoding: 'utf8',
    maxBuffer: 1 << 24,
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  if (status !== 0) throw new Error(stderr);
  outcomes = JSON.parse(stdout) as typeof outcomes;
}, 180_000);

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('the replay', () => {
  it('is green on the handlers as they are', () => {
    expect(outcomes?.plain).toMatchObject({ passed: 534, failed: 0 });
  });

  it('has thirty lines broken in the handlers’ rooms and in dm-qemu, and more in what they share', () => {
    expect([...HANDLERS, ...SPELLINGS].filter(({ survives }) => survives === undefined).length).toBeGreaterThanOrEqual(
      30,
    );
  });

  const numbered = MUTANTS.map((mutant, index) => [mutant.file, mutant.find, mutant.replace, index, mutant] as const);

  it.each(numbered.filter(([, , , , { survives }]) => survives === undefined))(
    'goes red for %s with %j made %j',
    (_file, _find, _replace, index) => {
      const outcome = outcomes?.mutants[index];
      expect(outcome?.error).toBeUndefined();
      expect(outcome?.failed).toBeGreaterThan(0);
    },
  );

  it.each(numbered.filter(([, , , , { survives }]) => survives !== undefined))(
    'cannot see %s with %j made %j, for the reason that its mutant gives',
    (_file, _find, _replace, index) => {
      expect(outcomes?.mutants[index]).toMatchObject({ failed: 0 });
    },
  );
});
