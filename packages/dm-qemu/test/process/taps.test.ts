import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { cleanUp, machine, posix } from '../support/machine.js';

describe('the pipes to block-tap', () => {
  it('are made for who asks for them alone', async () => {
    const { start, places } = await machine();
    await start(5, ['run']);
    expect(existsSync(places.tapDirectory)).toBe(false);
    const before = process.umask(0o777);
    cleanUp(() => process.umask(before));
    await start(6, ['run'], { tapPipes: true });
    expect(statSync(places.tapDirectory).mode & 0o7777).toBe(0o755);
    for (const name of ['qemu-read-6', 'qemu-write-6']) {
      const pipe = statSync(join(places.tapDirectory, name));
      expect([pipe.isFIFO(), pipe.mode & 0o7777]).toEqual([true, 0o600]);
    }
  });

  it('are made anew where one was left over', async () => {
    const { start, places } = await machine();
    mkdirSync(places.tapDirectory, { mode: 0o755 });
    await posix.mkfifo(join(places.tapDirectory, 'qemu-write-5'), 0o600);
    const warnings: string[] = [];
    await start(5, ['run'], { tapPipes: true, onWarning: (code) => warnings.push(code) });
    expect(warnings).toEqual([]);
    expect(existsSync(join(places.tapDirectory, 'qemu-read-5'))).toBe(true);
  });

  it('are a warning, not a failure, where they cannot be made', async () => {
    const { start, places } = await machine();
    writeFileSync(places.tapDirectory, 'a file');
    const warnings: string[] = [];
    const { pid } = await start(5, ['run'], { tapPipes: true, onWarning: (code) => warnings.push(code) });
    expect(pid).toBeGreaterThan(1);
    expect(warnings).toEqual(['DEVICE_MODEL_TAP_PIPES']);
  });

  it('replace a link that was planted, and leave its target', async () => {
    const { start, places, directory } = await machine();
    mkdirSync(places.tapDirectory, { mode: 0o755 });
    writeFileSync(join(directory, 'precious'), 'x');
    symlinkSync(join(directory, 'precious'), join(places.tapDirectory, 'qemu-read-5'));
    await start(5, ['run'], { tapPipes: true });
    expect(statSync(join(places.tapDirectory, 'qemu-read-5')).isFIFO()).toBe(true);
    expect(statSync(join(directory, 'precious')).size).toBe(1);
  });
});
