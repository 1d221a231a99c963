import { existsSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { fakeQemu, type Answer } from '../support/fake-qemu.js';
import { machine, until } from '../support/machine.js';

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
      { execute: 'xen-save-devices-state', arguments: { filename: path, live: false } },
    ]);
    expect(statSync(path).mode & 0o7777).toBe(0o600);
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
    writeFileSync(path, 'state');
    const { pid } = await start(5, ['run'], { restoreFrom: path });
    await until(() => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'sleep\n');
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
});
