import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { deviceModelsPort } from '../../src/process/device-models.js';
import { endProcess } from '../../src/process/stop.js';
import { cleanUp, FAKE, machine, posix, runs, until, untilSleeps } from '../support/machine.js';

/** A device model that does not end when it is asked to is not killed before this; a little less than the 10 s that it has. */
const KILLED_AFTER_MS = 9_500;

describe('stopping a device model', () => {
  it('ends it and removes its nodes, its sentinel and its pipes', async () => {
    const { start, models, store, sentinels, places } = await machine();
    const { pid } = await start(5, ['run'], { tapPipes: true });
    expect(existsSync(join(places.tapDirectory, 'qemu-read-5'))).toBe(true);
    await models.stop(5);
    expect(await runs(pid)).toBe(false);
    expect(sentinels()).toEqual([]);
    expect(existsSync(join(places.tapDirectory, 'qemu-read-5'))).toBe(false);
    expect(existsSync(join(places.tapDirectory, 'qemu-write-5'))).toBe(false);
    expect(await store.list('/xen-image/device-model')).toEqual([]);
    expect(await store.read('/local/domain/0/device-model/5')).toBeUndefined();
    expect(await store.list('/local/domain/5/image')).toEqual([]);
  });

  it('does nothing for a domain without one, and nothing the second time', async () => {
    const { start, models } = await machine();
    await models.stop(5);
    await start(5, ['run']);
    await models.stop(5);
    await models.stop(5);
  });

  it('asks with SIGHUP, and does not wait longer than it takes', async () => {
    const { start, models, watch } = await machine();
    const watching = watch();
    await watching.first('watching');
    await start(5, ['run']);
    await watching.first('watched');
    const begun = performance.now();
    await models.stop(5);
    expect(performance.now() - begun).toBeLessThan(KILLED_AFTER_MS);
    await watching.first('stopped');
  });

  it('ends one that is not a child of this process as quickly', async () => {
    const { start, another } = await machine();
    const { pid } = await start(5, ['run']);
    const begun = performance.now();
    await another().stop(5);
    expect(performance.now() - begun).toBeLessThan(KILLED_AFTER_MS);
    expect(await runs(pid)).toBe(false);
  });

  it('kills one that ignores SIGHUP, after 10 s', async () => {
    const { start, models } = await machine();
    const { pid } = await start(5, ['ignore-hup', 'run']);
    await untilSleeps(pid);
    const begun = performance.now();
    await models.stop(5);
    const took = performance.now() - begun;
    expect(took).toBeGreaterThan(KILLED_AFTER_MS);
    expect(took).toBeLessThan(2 * KILLED_AFTER_MS);
    expect(await runs(pid)).toBe(false);
  });

  it('never signals another process that has the pid by now', async () => {
    const { store, models } = await machine();
    const other = spawn('sleep', ['60'], { stdio: 'ignore' });
    cleanUp(() => other.kill('SIGKILL'));
    const identity = await posix.identify(other.pid!);
    const process = { pid: other.pid!, startTime: identity!.startTime - 1 };
    const record = { domid: 5, uuid: 'u', name: 'guest5', sentinel: '/nowhere/dm-5-1.fifo', logPath: '', process };
    await store.write([{ path: '/xen-image/device-model/5', value: JSON.stringify(record) }]);
    await models.stop(5);
    expect(await runs(other.pid!)).toBe(true);
  });

  it('goes on where an earlier stop came no further than the record', async () => {
    const { start, store, models } = await machine();
    const { pid } = await start(5, ['run']);
    await store.remove('/xen-image/device-model/5');
    await models.stop(5);
    expect(await runs(pid)).toBe(false);
  });

  it('fails where its nodes cannot be removed, once it has ended, and the next stop removes what is left', async () => {
    const { start, store, places, models, sentinels } = await machine();
    const { pid } = await start(5, ['run'], { tapPipes: true });
    const remove = (path: string): Promise<void> =>
      path.startsWith('/local/domain/0/') ? Promise.reject(new Error('EIO')) : store.remove(path);
    const failing = deviceModelsPort({ store: { ...store, remove }, posix }, places);
    await expect(failing.stop(5)).rejects.toThrow('EIO');
    expect(await runs(pid)).toBe(false);
    expect(sentinels()).toHaveLength(1);
    await models.stop(5);
    expect(sentinels()).toEqual([]);
    expect(existsSync(join(places.tapDirectory, 'qemu-read-5'))).toBe(false);
    expect(await store.read('/local/domain/0/device-model/5')).toBeUndefined();
  });

  it('finds one whose toolstack died before its pid was stored, by its sentinel', async () => {
    const { models, places, sentinels } = await machine();
    mkdirSync(places.sentinelDirectory, { mode: 0o700 });
    const sentinel = join(places.sentinelDirectory, 'dm-5-1.fifo');
    await posix.mkfifo(sentinel, 0o600);
    const child = spawn('sh', ['-c', `exec 5<>"${sentinel}" 4>"${sentinel}" 5<&-; exec ${FAKE} run`], {
      stdio: 'ignore',
    });
    cleanUp(() => child.kill('SIGKILL'));
    const bystander = spawn('sh', ['-c', `exec sleep 60 5<>"${sentinel}"`], { stdio: 'ignore' });
    cleanUp(() => bystander.kill('SIGKILL'));
    await posix.mkfifo(join(places.sentinelDirectory, 'dm-55-1.fifo'), 0o600);
    for (const { pid } of [child, bystander]) await untilSleeps(pid!);
    await models.stop(5);
    expect(await runs(child.pid!)).toBe(false);
    expect(await runs(bystander.pid!)).toBe(true);
    expect(sentinels()).toEqual(['dm-55-1.fifo']);
  });

  it('ends no process of another user that was handed the sentinel, unless the device model runs as its group', async () => {
    // Only root can have processes of another user.
    if (process.geteuid?.() !== 0) return;
    const { models, places, directory } = await machine();
    mkdirSync(places.sentinelDirectory, { mode: 0o700 });
    const held = async (domid: number, id: number) => {
      const sentinel = join(places.sentinelDirectory, `dm-${domid}-1.fifo`);
      await posix.mkfifo(sentinel, 0o600);
      const fd = openSync(sentinel, 'r+');
      const stdio = ['ignore', 'ignore', 'ignore', 'ignore', fd] as const;
      const child = spawn('sleep', ['60'], { stdio: [...stdio], uid: id, gid: id });
      cleanUp(() => child.kill('SIGKILL'));
      await once(child, 'spawn');
      closeSync(fd);
      return child.pid!;
    };
    const other = await held(5, 0x7a00_0001);
    await models.stop(5);
    expect(await runs(other)).toBe(true);
    const own = await held(6, 0x7a00_0002);
    mkdirSync(join(directory, 'qemu-root-6'));
    chownSync(join(directory, 'qemu-root-6'), 0, 0x7a00_0002);
    await models.stop(6);
    expect(await runs(own)).toBe(false);
  });

  it('removes no link and no file that is called like a sentinel', async () => {
    const { models, places, directory, sentinels } = await machine();
    mkdirSync(places.sentinelDirectory, { mode: 0o700 });
    const file = join(directory, 'precious');
    writeFileSync(file, 'x');
    symlinkSync(file, join(places.sentinelDirectory, 'dm-5-1.fifo'));
    writeFileSync(join(places.sentinelDirectory, 'dm-5-2.fifo'), '');
    await models.stop(5);
    expect(existsSync(file)).toBe(true);
    expect(sentinels()).toEqual(['dm-5-1.fifo', 'dm-5-2.fifo']);
  });

  it('removes the control sockets that one which was killed leaves, and no file in their place', async () => {
    const { models, directory } = await machine();
    const socket = join(directory, 'qmp-libxl-5');
    const listen = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 9))`;
    spawnSync(process.execPath, ['-e', listen]);
    expect(existsSync(socket)).toBe(true);
    writeFileSync(join(directory, 'qmp-libxenstat-5'), 'no socket');
    await models.stop(5);
    expect(existsSync(socket)).toBe(false);
    expect(existsSync(join(directory, 'qmp-libxenstat-5'))).toBe(true);
  });

  it('tells of a process that outlives SIGKILL', async () => {
    const child = spawn('sleep', ['60'], { stdio: 'ignore' });
    cleanUp(() => child.kill('SIGKILL'));
    const identity = await posix.identify(child.pid!);
    const deaf = { ...posix, signal: () => Promise.resolve(true) };
    await expect(endProcess(deaf, identity!, 50)).rejects.toMatchObject({
      code: 'DEVICE_MODEL_LINGERS',
      data: { pid: child.pid },
    });
  });

  it('waits for nothing where the process ended between two looks', async () => {
    const { start, models } = await machine();
    const { pid } = await start(5, ['run']);
    process.kill(pid, 'SIGKILL');
    await until(async () => !(await runs(pid)));
    await models.stop(5);
  });
});
