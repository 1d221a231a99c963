import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import type { DeviceModelStart, Restriction } from '@xen-image/core';
import { writtenInChroot } from '../../src/restrict/chroot.js';
import { endProcessesOf, processesOf } from '../../src/restrict/leftovers.js';
import { limitsFor } from '../../src/restrict/limits.js';
import { cleanUp, machine, posix, qemuOf, runs, until } from '../support/machine.js';

/** A user that nobody is. */
const UID = 0x7a00_0005;

/** A device model that gives up its rights, and a QEMU behind its control socket. */
async function restricted(change: Partial<Restriction> = {}, more: Partial<DeviceModelStart> = {}) {
  const host = await machine();
  const chroot = join(host.directory, 'qemu-root-5');
  const restriction: Restriction = {
    chroot,
    user: `${UID}:${UID}`,
    ownUser: true,
    sandbox: false,
    runWith: false,
    ...change,
  };
  const begin = async (args: readonly string[] = ['run']) => {
    const starting = host.start(5, args, { readiness: 'xenstore', timeoutMs: 10_000, restriction, ...more });
    const over = new AbortController();
    starting.catch(() => {
      over.abort();
    });
    // It says nothing in xenstore: it has lost it with its rights.
    const qemu = await qemuOf(host, 5, {}, over.signal);
    return { ...(await starting), qemu };
  };
  return { ...host, chroot, begin };
}

/** A limit as the kernel has it, `[soft, hard]`. */
function limit(pid: number, name: string): readonly string[] {
  const line = readFileSync(`/proc/${pid}/limits`, 'utf8')
    .split('\n')
    .find((one) => one.startsWith(name));
  return (line ?? '').slice(name.length).trim().split(/\s+/).slice(0, 2);
}

describe('a device model that gives up its rights', () => {
  it('has an empty directory that is closed to it for its root, and none when it is gone', async () => {
    const { begin, chroot, models } = await restricted();
    await begin();
    expect(statSync(chroot).mode & 0o7777).toBe(0);
    await models.stop(5);
    expect(existsSync(chroot)).toBe(false);
  });

  it('is ready when it says so itself, though it cannot write to xenstore', async () => {
    const { begin, store } = await restricted();
    const { qemu } = await begin();
    expect(qemu.got.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-status']);
    expect(await store.read('/local/domain/0/device-model/5/state')).toBeUndefined();
  });

  it('has its limits before its guest runs', async () => {
    const { begin } = await restricted();
    const { pid } = await begin();
    const limits = ['Max core file size', 'Max locked memory', 'Max msgqueue size', 'Max processes', 'Max open files'];
    expect(limits.map((name) => limit(pid, name))).toEqual([
      ['0', '0'],
      ['0', '0'],
      ['0', '0'],
      ['256', '256'],
      ['1024', '1024'],
    ]);
    expect(limit(pid, 'Max file size')).toEqual([String(64 * 1024 ** 2), String(64 * 1024 ** 2)]);
  });

  it('may write as much as its disks take where one is a file', () => {
    expect(limitsFor(['/etc/passwd'])).not.toHaveProperty('fsize');
    expect(limitsFor(['/nowhere/yet'])).not.toHaveProperty('fsize');
    expect(limitsFor([])).toHaveProperty('fsize');
  });

  it('is recorded with its user, by which libxl ends it too, unless that is shared', async () => {
    const own = await restricted();
    await own.begin();
    expect(await own.store.read('/local/domain/5/image/device-model-kill-uid')).toBe(String(UID));
    await own.models.stop(5);
    expect(await own.store.read('/local/domain/5/image/device-model-kill-uid')).toBeUndefined();
    const named = await restricted({ ownUser: false });
    await named.begin();
    expect(await named.store.read('/local/domain/5/image/device-model-kill-uid')).toBeUndefined();
  });

  it('does not begin where another has something in its root directory, or a link stands there', async () => {
    const full = await restricted();
    mkdirSync(full.chroot);
    writeFileSync(join(full.chroot, 'passwd'), '');
    await expect(full.begin()).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED', errno: 'ENOTEMPTY' });
    const linked = await restricted();
    writeFileSync(join(linked.directory, 'state'), 'precious');
    symlinkSync(linked.directory, linked.chroot);
    await expect(linked.begin()).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED', errno: 'ENOTDIR' });
    expect(readFileSync(join(linked.directory, 'state'), 'utf8')).toBe('precious');
  });

  it('does not begin as a named user that others are already', async () => {
    const uid = process.getuid?.() ?? 0;
    const { begin, sentinels } = await restricted({ ownUser: false, user: `${uid}:${uid}` });
    await expect(begin()).rejects.toMatchObject({ code: 'DEVICE_MODEL_USER' });
    expect(sentinels()).toEqual([]);
  });

  it('leaves no process behind that it made', async () => {
    expect(processesOf(process.getuid?.() ?? -1)).toContain(process.pid);
    // Only root can have processes of another user.
    if (process.geteuid?.() !== 0) return;
    const { begin, models } = await restricted();
    const early = spawn('sleep', ['60'], { uid: UID, gid: UID, stdio: 'ignore' });
    cleanUp(() => early.kill('SIGKILL'));
    await begin();
    expect(await runs(early.pid ?? 0)).toBe(false);
    const late = spawn('sleep', ['60'], { uid: UID, gid: UID, stdio: 'ignore', detached: true });
    cleanUp(() => late.kill('SIGKILL'));
    await until(() => processesOf(UID).length > 0);
    await models.stop(5);
    expect(processesOf(UID)).toEqual([]);
    expect(await runs(late.pid ?? 0)).toBe(false);
  });

  it('ends no process of root, or of who starts it', async () => {
    for (const uid of [0, process.getuid?.() ?? 0, Number.NaN, -1, 1.5]) {
      await expect(endProcessesOf(posix, uid)).rejects.toThrow(TypeError);
    }
    const { begin } = await restricted({ user: '0:0' });
    await expect(begin()).rejects.toThrow(TypeError);
  });

  it('has its state saved through a file in its root directory, which is no longer there then', async () => {
    // Only root can give a file to another.
    if (process.geteuid?.() !== 0) return;
    const { begin, chroot, models, directory } = await restricted();
    const path = join(directory, 'saved');
    const { qemu } = await begin();
    await models.save!(5, path);
    const saved = qemu.got.find(({ execute }) => execute === 'xen-save-devices-state');
    expect(saved?.arguments).toEqual({ filename: '/state', live: false });
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(statSync(chroot).mode & 0o7777).toBe(0);
    expect(existsSync(join(chroot, 'state'))).toBe(false);
  });

  it('has its root directory closed again after a save that was cut off, whether it goes on or is saved anew', async () => {
    if (process.geteuid?.() !== 0) return;
    const { begin, chroot, models, directory } = await restricted();
    const { qemu } = await begin();
    const cutOff = (): void => {
      writeFileSync(join(chroot, 'state'), 'half');
      chmodSync(chroot, 0o711);
    };
    const isClosed = (): boolean => (statSync(chroot).mode & 0o7777) === 0 && !existsSync(join(chroot, 'state'));
    cutOff();
    await models.cont!(5);
    expect(qemu.got.at(-1)).toEqual({ execute: 'cont' });
    expect(isClosed()).toBe(true);
    cutOff();
    await models.save!(5, join(directory, 'saved'));
    expect(isClosed()).toBe(true);
  });

  it('finds that file as its own, in a directory that it may not list', async () => {
    const { directory } = await machine();
    const chroot = join(directory, 'root');
    mkdirSync(chroot, { mode: 0 });
    const uid = process.getuid?.() ?? 0;
    const state = await writtenInChroot(chroot, uid, (seen) => {
      expect(seen).toBe('/state');
      const file = statSync(join(chroot, seen));
      expect([file.uid, file.mode & 0o7777, statSync(chroot).mode & 0o7777]).toEqual([uid, 0o600, 0o711]);
      writeFileSync(join(chroot, seen), 'devices');
      return Promise.resolve();
    });
    expect(state.toString()).toBe('devices');
    await expect(writtenInChroot(chroot, uid, () => Promise.reject(new Error('no space')))).rejects.toThrow('no space');
    expect(statSync(chroot).mode & 0o7777).toBe(0);
  });

  it('cannot have more of that file read than the state of its devices takes, whatever it does to it meanwhile', async () => {
    const { directory } = await machine();
    const chroot = join(directory, 'root');
    mkdirSync(chroot, { mode: 0 });
    const path = join(chroot, 'state');
    const uid = process.getuid?.() ?? 0;
    const grown = writtenInChroot(chroot, uid, () => Promise.resolve(truncateSync(path, 64 * 1024 ** 2 + 1)));
    await expect(grown).rejects.toMatchObject({ code: 'DEVICE_MODEL_STATE', data: { size: 64 * 1024 ** 2 + 1 } });
    // Now small, now larger than what could be read.
    const changing = `
      const { closeSync, ftruncateSync, openSync } = require('node:fs');
      const { parentPort, workerData } = require('node:worker_threads');
      parentPort.postMessage('begun');
      for (;;) {
        try {
          const fd = openSync(workerData, 'r+');
          for (let turn = 0; turn < 1000; turn += 1) ftruncateSync(fd, turn % 2 === 0 ? 1 : 3 * 1024 ** 3);
          closeSync(fd);
        } catch {}
      }`;
    const worker = new Worker(changing, { eval: true, workerData: path });
    cleanUp(() => worker.terminate());
    await once(worker, 'message');
    for (let time = 0; time < 100; time += 1) {
      const saved = writtenInChroot(chroot, uid, () => until(() => statSync(path).size > 0)).then(
        ({ length }) => length <= 1,
        (error: unknown) => (error as { code?: string }).code === 'DEVICE_MODEL_STATE',
      );
      expect(await saved).toBe(true);
    }
  });
});
