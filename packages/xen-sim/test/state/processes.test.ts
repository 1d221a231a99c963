import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleApart, type Apart } from '../support/apart.js';
import { testDirectory } from '../support/directory.js';
import { newHost } from '../support/host.js';

const path = testDirectory();
let apart: Apart;
beforeAll(() => {
  apart = bundleApart();
}, 120_000);
afterAll(() => {
  apart.remove();
});

const OPEN = (): string => `const host = newHost({ stateFile: ${JSON.stringify(path('host.json'))} });\n`;
const open = () => newHost({ stateFile: path('host.json') });

describe('processes that share a host', () => {
  it('see one host: made in one, listed in another, destroyed in a third', async () => {
    await apart.run(`${OPEN()} await buildGuest(host); await buildGuest(host);`);
    const listed = await apart.run(
      `${OPEN()} console.log((await host.domains.list()).map(({ domid }) => domid).join());`,
    );
    expect(listed.trim()).toBe('0,1,2');
    await apart.run(`${OPEN()} await host.domains.destroy(1);`);
    expect((await open().domains.list()).map(({ domid }) => domid)).toEqual([0, 2]);
  }, 60_000);

  it('lose no change when all of them write at once', async () => {
    const work = `${OPEN()}
      console.log('ready');
      while (!existsSync(${JSON.stringify(path('go'))})) await new Promise((resolve) => setTimeout(resolve, 1));
      for (let turn = 0; turn < 10; turn += 1) {
        await host.domains.create(domainSpec());
        await host.store.transaction(async (transaction) => {
          const count = Number((await transaction.read('/count')) ?? 0);
          await transaction.write([{ path: '/count', value: String(count + 1) }]);
        });
      }`;
    const children = Array.from({ length: 3 }, () => apart.start(work));
    const ends = children.map((child) => once(child, 'exit'));
    await Promise.all(children.map(({ stdout }) => once(stdout!, 'data')));
    writeFileSync(path('go'), '');
    for (const end of ends) expect(await end).toEqual([0, null]);
    rmSync(path('go'));
    const host = open();
    expect(await host.store.read('/count')).toBe('30');
    expect((await host.domains.list()).map(({ domid }) => domid)).toEqual(Array.from({ length: 31 }, (_, at) => at));
    expect(readdirSync(dirname(path('host.json')))).toEqual(['host.json']);
  }, 120_000);

  it('leave a whole host behind when they are killed at any moment', async () => {
    const work = `${OPEN()}
      await host.journal.open({ operation: 'create', name: String(process.pid), uuid: '' });
      console.log('begun');
      for (let turn = 0; ; turn += 1) await host.store.write([{ path: '/a/n' + (turn % 50), value: 'x'.repeat(2000) }]);`;
    for (let round = 0; round < 5; round += 1) {
      const child = apart.start(work);
      await new Promise((resolve, reject) => {
        child.stdout?.once('data', resolve);
        child.once('exit', reject);
      });
      await sleep(3 + round * 7);
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('exit', resolve));
      await open().store.write([{ path: '/round', value: String(round) }]);
    }
    const host = open();
    expect(await host.store.read('/round')).toBe('4');
    expect(await host.journal.abandoned()).toHaveLength(5);
    expect(readdirSync(dirname(path('host.json'))).filter((name) => !name.endsWith('.tmp'))).toEqual(['host.json']);
  }, 120_000);
});
