import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { programRights } from '../../src/restrict/program.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-program-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const SANDBOX = '-sandbox on[,obsolete=allow|deny]\n                Enable seccomp mode 2 system call filter';
const RESTRICT = '-xen-domid-restrict     restrict set of available xen operations';
const TODAY = `-help\n${RESTRICT}\n-chroot dir     chroot to dir\n-runas user     change to user id user\n${SANDBOX}\n`;
const TOMORROW = `-help\n${RESTRICT}\n-run-with [async-teardown=on|off][,chroot=dir]\n          [,user=username|uid:gid]\n                Set miscellaneous options\n${SANDBOX}\n`;

/** A program with this help text, which counts how often it is run. */
function qemu(help: string, { filter = 1, helps = 0 }: { filter?: number; helps?: number } = {}): string {
  const path = join(directory, 'qemu');
  writeFileSync(join(directory, 'help'), help);
  const script = `echo >> ${directory}/runs\ncase $1 in -help) cat ${directory}/help; exit ${helps} ;; -sandbox) exit ${filter} ;; esac\n`;
  writeFileSync(path, `#!/bin/sh\n${script}`);
  chmodSync(path, 0o755);
  return path;
}
const kept = (): string => join(directory, 'kept');
const runs = (): number => readFileSync(join(directory, 'runs'), 'utf8').length;

describe('what a device model’s program can do about its rights', () => {
  it.each([
    ['as Debian has it', TODAY, 1, { sandbox: false, runWith: false }],
    ['with a filter of system calls', TODAY, 0, { sandbox: true, runWith: false }],
    ['of a later day', TOMORROW, 0, { sandbox: true, runWith: true }],
    [
      'that has -run-with for a root directory alone',
      TODAY.replace('-runas', '-run-with [chroot=dir]\n-runas'),
      1,
      { sandbox: false, runWith: false },
    ],
  ])('is known of a QEMU %s', async (_what, help, filter, rights) => {
    expect(await programRights(qemu(help, { filter }), kept())).toEqual(rights);
  });

  it.each([
    ['without Xen', TODAY.replace(RESTRICT, ''), 0, /has no -xen-domid-restrict$/],
    ['that changes no user', TODAY.replace('-runas', '-runner'), 0, /has no -runas$/],
    [
      'that only mentions the options',
      'see -xen-domid-restrict -chroot -runas\n',
      0,
      /-xen-domid-restrict, -chroot, -runas$/,
    ],
    ['that says nothing', '', 1, /does not say what it can/],
  ])('is nothing for a program %s', async (_what, help, helps, lacking) => {
    expect((await programRights(qemu(help, { helps }), kept())).lacking).toMatch(lacking);
  });

  it('is asked once, by whichever process, until the program changes', async () => {
    const program = qemu(TODAY);
    await Promise.all([programRights(program, kept()), programRights(program, kept())]);
    expect(runs()).toBe(2);
    const file = join(kept(), 'programs.json');
    expect(statSync(file).mode & 0o7777).toBe(0o600);
    // Another process knows it by the file alone.
    const [[key, rights]] = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, object>) as [
      [string, object],
    ];
    appendFileSync(program, '# another version\n');
    const { dev, ino, size, mtimeMs } = statSync(program);
    const next = [program, dev, ino, size, mtimeMs].join(' ');
    expect(key).not.toBe(next);
    writeFileSync(file, JSON.stringify({ [next]: { ...rights, sandbox: true } }));
    expect(await programRights(program, kept())).toEqual({ sandbox: true, runWith: false });
    expect(runs()).toBe(2);
    appendFileSync(program, '# and another\n');
    expect(await programRights(program, kept())).toEqual({ sandbox: false, runWith: false });
    expect(runs()).toBe(4);
  });

  it('is asked again where what was kept is no answer', async () => {
    const program = qemu(TODAY);
    await programRights(program, kept());
    writeFileSync(join(kept(), 'programs.json'), '{');
    appendFileSync(program, '\n');
    expect(await programRights(program, kept())).toEqual({ sandbox: false, runWith: false });
  });

  it.each([
    ['was killed', 'kill -9 $$', 'DEVICE_MODEL_UNASKED'],
    ['said too much', 'yes', 'DEVICE_MODEL_UNASKED'],
  ])('is no answer that is kept where it %s: it is asked again', async (_what, instead, code) => {
    const program = qemu(TODAY);
    const script = readFileSync(program, 'utf8');
    writeFileSync(program, `#!/bin/sh\n[ -e ${directory}/well ] || ${instead}\n${script}`);
    await expect(programRights(program, kept())).rejects.toMatchObject({ code });
    writeFileSync(join(directory, 'well'), '');
    expect(await programRights(program, kept())).toEqual({ sandbox: false, runWith: false });
  });

  it('is an error of its own where the program cannot be executed', async () => {
    const program = qemu(TODAY);
    chmodSync(program, 0o644);
    await expect(programRights(program, kept())).rejects.toMatchObject({
      code: 'DEVICE_MODEL_NOT_EXECUTABLE',
      errno: 'EACCES',
    });
    chmodSync(program, 0o755);
    expect(await programRights(program, kept())).toEqual({ sandbox: false, runWith: false });
  });

  it('is known all the same where it cannot be kept', async () => {
    const program = qemu(TODAY);
    mkdirSync(join(kept(), 'programs.json'), { recursive: true, mode: 0o700 });
    chmodSync(kept(), 0o700);
    expect(await programRights(program, kept())).toEqual({ sandbox: false, runWith: false });
  });

  it('is left to its start where there is no such program', async () => {
    expect(await programRights('/nowhere/qemu', kept())).toEqual({ sandbox: false, runWith: false });
  });
});
