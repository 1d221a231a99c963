import { chmodSync, existsSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fakeQemu, type Answer } from '../support/fake-qemu.js';
import { machine, posix, runs, until, untilSleeps } from '../support/machine.js';

async function saving(answers: Readonly<Record<string, Answer>> = {}) {
  const host = await machine();
  const qemu = await fakeQemu(answers, { path: join(host.directory, 'qmp-libxl-5') });
  return { ...host, qemu, path: join(host.directory, 'state') };
}

describe('the state of devices', () => {
  it('is written to a file of our own once emulation has stopped', async () => {
    const { models, qemu, path } = await saving();
    await models.save!(5, path);
    expect(qemu.got.slice(1)).toEqual([
      { execute: 'stop' },
      { execute: 'xen-save-devices-state', arguments: { filename: `${path}.partial`, live: false } },
    ]);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
  });

  it('has the name of the file only once it is whole', async () => {
    const { models, path, qemu } = await saving({ 'xen-save-devices-state': 'silence' });
    const saved = models.save!(5, path);
    await until(() => qemu.got.some(({ execute }) => execute === 'xen-save-devices-state'));
    expect([existsSync(path), existsSync(`${path}.partial`)]).toEqual([false, true]);
    qemu.say({ return: {}, id: 3 });
    await saved;
    expect([existsSync(path), existsSync(`${path}.partial`)]).toEqual([true, false]);
  });

  it('takes the place of what a save that was cut off left', async () => {
    const { models, path } = await saving();
    writeFileSync(`${path}.partial`, 'half');
    await models.save!(5, path);
    expect(readFileSync(path, 'utf8')).toBe('');
  });

  it('is at an absolute path, since QEMU has a working directory of its own', async () => {
    const { models, qemu } = await saving();
    await expect(models.save!(5, 'state')).rejects.toBeInstanceOf(TypeError);
    expect(qemu.got).toEqual([]);
  });

  it('is not written where something has the name already, not even a link', async () => {
    const { models, qemu, path, directory } = await saving();
    writeFileSync(join(directory, 'precious'), 'precious');
    symlinkSync(join(directory, 'precious'), path);
    await expect(models.save!(5, path)).rejects.toMatchObject({ code: 'SYSTEM_CALL_FAILED', errno: 'EEXIST' });
    expect(readFileSync(join(directory, 'precious'), 'utf8')).toBe('precious');
    expect(qemu.got).toEqual([]);
  });

  it('leaves no file, and lets emulation go on, where QEMU cannot write it', async () => {
    const { models, qemu, path } = await saving({ 'xen-save-devices-state': { error: 'No space left on device' } });
    await expect(models.save!(5, path)).rejects.toMatchObject({ code: 'QMP_FAILED' });
    expect(existsSync(path)).toBe(false);
    expect(qemu.got.at(-1)).toEqual({ execute: 'cont' });
  });

  it('is handed to the device model that begins from it', async () => {
    const { start, path } = await saving();
    writeFileSync(path, 'state', { mode: 0o600 });
    const { pid } = await start(5, ['run'], { restoreFrom: path });
    await untilSleeps(pid);
    expect(readlinkSync(`/proc/${pid}/fd/3`)).toBe(path);
    expect(readlinkSync(`/proc/${pid}/fd/4`)).toMatch(/dm-5-\d+\.fifo$/);
  });

  it('is looked for before anything begins', async () => {
    const { start, path, sentinels } = await saving();
    await expect(start(5, ['run'], { restoreFrom: path })).rejects.toMatchObject({
      code: 'SYSTEM_CALL_FAILED',
      errno: 'ENOENT',
    });
    expect(sentinels()).toEqual([]);
  });

  it.each([
    ['can be written to by others', 0o622],
    ['can be written to by its group', 0o620],
  ])('is not begun from where it %s', async (_, mode) => {
    const { start, path, sentinels } = await saving();
    writeFileSync(path, 'state');
    chmodSync(path, mode);
    await expect(start(5, ['run'], { restoreFrom: path })).rejects.toMatchObject({ code: 'FILE_UNSAFE' });
    expect(sentinels()).toEqual([]);
  });

  it('is not begun from through a link, or from what is no file', async () => {
    const { start, path, directory } = await saving();
    writeFileSync(join(directory, 'real'), 'state', { mode: 0o600 });
    symlinkSync(join(directory, 'real'), path);
    await expect(start(5, ['run'], { restoreFrom: path })).rejects.toMatchObject({ errno: 'ELOOP' });
    await posix.mkfifo(join(directory, 'pipe'), 0o600);
    await expect(start(5, ['run'], { restoreFrom: join(directory, 'pipe') })).rejects.toMatchObject({
      code: 'FILE_UNSAFE',
    });
  });
});

describe('a device model whose state was saved', () => {
  it('goes on, and takes its disks back', async () => {
    const { models, start, qemu } = await saving();
    await start(5, ['run']);
    const own = await fakeQemu({}, { path: qemu.path });
    await models.cont!(5);
    expect(own.got.at(-1)).toEqual({ execute: 'cont' });
  });

  it('cannot go on where it is gone', async () => {
    const { models } = await saving();
    await expect(models.cont!(5)).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
  });

  it('makes room for the next one, in the same process and at once', async () => {
    const { models, start, path, watch } = await saving();
    writeFileSync(path, 'state', { mode: 0o600 });
    const watching = watch();
    const first = await start(5, ['run']);
    await watching.first('watched');
    await models.stop(5);
    const second = await start(5, ['run'], { restoreFrom: path });
    expect(second.pid).not.toBe(first.pid);
    await until(() => watching.events.filter(({ event }) => event === 'watched').length === 2);
    expect(watching.events.map(({ event }) => event).filter((event) => event === 'died')).toEqual([]);
    expect(await runs(first.pid)).toBe(false);
    expect(await runs(second.pid)).toBe(true);
  });
});
