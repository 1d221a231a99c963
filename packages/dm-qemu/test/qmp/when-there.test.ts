import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openQmpWhenThere } from '../../src/qmp/when-there.js';
import { fakeQemu } from '../support/fake-qemu.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-when-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const never = new AbortController().signal;
const turns = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100));

describe('the control socket of a QEMU that was just started', () => {
  it('is connected to once it is made', async () => {
    const path = join(directory, 'qmp');
    const waiting = openQmpWhenThere(path, 5000, never);
    await turns();
    await fakeQemu({}, { path });
    const qmp = await waiting;
    expect((await qmp.status()).status).toBe('running');
    qmp.close();
  });

  it('is looked for where its directory cannot be watched', async () => {
    const later = join(directory, 'later');
    const path = join(later, 'qmp');
    const waiting = openQmpWhenThere(path, 5000, never);
    await turns();
    mkdirSync(later);
    await fakeQemu({}, { path });
    const qmp = await waiting;
    expect((await qmp.status()).status).toBe('running');
    qmp.close();
  });

  it.each([
    ['there', ''],
    ['not there', 'later'],
  ])('is waited for until an abort where its directory is %s', async (_what, below) => {
    const abort = new AbortController();
    const waiting = openQmpWhenThere(join(directory, below, 'qmp'), 5000, abort.signal);
    await turns();
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
