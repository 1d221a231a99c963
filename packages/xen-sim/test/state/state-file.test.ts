import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSimulator } from '../../src/index.js';
import { testDirectory } from '../support/directory.js';
import { buildGuest, domainSpec, drive, hvmBuild, hvmSpec, newHost, prepare, pvBuild } from '../support/host.js';

const path = testDirectory();
const open = () => newHost({ stateFile: path('host.json') });

describe('a host in a file', () => {
  it('is one host for all who open the file', async () => {
    const [first, second] = [open(), open()];
    const domid = await buildGuest(first);
    await first.store.write([{ path: `/local/domain/${domid}/name`, value: 'guest' }]);
    expect((await second.domains.list()).map((info) => info.domid)).toEqual([0, domid]);
    expect(await second.store.read(`/local/domain/${domid}/name`)).toBe('guest');
    await second.domains.destroy(domid);
    expect(await first.domains.info(domid)).toBeUndefined();
    expect(await first.simulator.inspect()).toEqual(await open().simulator.inspect());
  });

  it('is made by the first who asks, with that one’s settings', async () => {
    const first = newHost({ stateFile: path('host.json'), host: { memoryKib: 4_194_304, cpus: 2 } });
    const { bootId } = await first.simulator.inspect();
    const second = newHost({ stateFile: path('host.json'), host: { memoryKib: 8_388_608 } });
    expect(await second.host.facts()).toMatchObject({ totalMemoryKib: 4_194_304, cpus: 2 });
    expect((await second.simulator.inspect()).bootId).toBe(bootId);
  });

  it('is the same host after everything was read from the file again', async () => {
    const host = open();
    const hvm = await prepare(host, hvmSpec({ maxVcpus: 2 }), 200 * 1024);
    await host.builder.build(hvm, hvmBuild(64, { maximumMib: 100, vcpus: 2 }));
    await host.cpu.apply(hvm, [{ key: '1', leaf: 1, subleaf: null, masks: { ecx: `${'x'.repeat(31)}0` } }]);
    await host.params.set(hvm, 'viridian', 1);
    await host.memory.setMaxMemory(hvm, 300 * 1024);
    await host.memory.claim(hvm, 250 * 1024);
    await host.models.start({
      domid: hvm,
      name: 'g',
      uuid: '',
      program: '/qemu',
      args: ['-vnc', ':0'],
      environment: {},
      readiness: 'xenstore',
    });
    const pv = await buildGuest(host, 33);
    const { storeFrame } = (await host.simulator.inspect()).domains[2]!;
    await host.store.introduce(pv, storeFrame!, 1);
    await host.store.write([{ path: '/a/u', value: 'ä\n\0', permissions: [{ domid: pv, read: true, write: false }] }]);
    await host.simulator.fragment({ leave2m: 7000 });
    await host.posix.mkfifo('/p', 0o600);
    await (await host.journal.open({ operation: 'create', name: 'x', uuid: '' })).leave();
    const again = open();
    expect(await again.simulator.inspect()).toEqual(await host.simulator.inspect());
    expect((await host.simulator.inspect()).memory.claimedKib).toBeGreaterThan(0);
    // What comes next is the same too: frames, domids, pids.
    const next = await buildGuest(again, 64);
    const inMemory = newHost();
    expect(next).toBe(pv + 1);
    expect(await inMemory.domains.list()).toHaveLength(1);
    expect(await host.simulator.asDomain(pv).store.read('/a/u')).toBe('ä\n\0');
  });

  it('keeps what a refused call changed, as it does in memory', async () => {
    const host = open();
    const domid = await prepare(host, domainSpec(), 32 * 1024);
    await expect(host.builder.build(domid, pvBuild(64))).rejects.toMatchObject({ errno: 'EBUSY' });
    expect(await open().domains.info(domid)).toMatchObject({ memoryKib: 32 * 1024 });
  });

  it('can be read by its owner alone, and leaves nothing beside the file', async () => {
    await buildGuest(open());
    expect(statSync(path('host.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(path('host.json')))).toEqual(['host.json']);
  });

  it('loses no change of transactions that run at once', async () => {
    const hosts = [open(), open(), open()];
    await hosts[0]?.store.write([{ path: '/count', value: '0' }]);
    const add = async ({ store }: ReturnType<typeof open>): Promise<void> => {
      for (let turn = 0; turn < 5; turn += 1) {
        await store.transaction(async (transaction) => {
          const count = Number(await transaction.read('/count'));
          await transaction.write([{ path: '/count', value: String(count + 1) }]);
        });
      }
    };
    await Promise.all(hosts.map(add));
    expect(await open().store.read('/count')).toBe('15');
  });

  it('tells watches of changes that others make', async () => {
    const [first, second] = [open(), open()];
    const events = first.store.watch('/a')[Symbol.asyncIterator]();
    expect((await events.next()).value).toMatchObject({ path: '/a' });
    await second.store.write([{ path: '/a/b', value: '1' }]);
    await second.store.write([{ path: '/a/c', value: '1' }]);
    expect([(await events.next()).value.path, (await events.next()).value.path]).toEqual(['/a/b', '/a/c']);
    for (let turn = 0; turn < 300; turn += 1) await second.store.write([{ path: `/a/n${turn}`, value: '' }]);
    const waiting = new Set<string>();
    while (!waiting.has('/a/n299')) waiting.add((await events.next()).value.path as string);
    await events.return?.();
    first.simulator.close();
  });

  it('tells a watch of its own path where it missed changes', async () => {
    const [first, second] = [open(), open()];
    const events = first.store.watch('/a')[Symbol.asyncIterator]();
    await events.next();
    const writes = Array.from({ length: 1000 }, (_, at) => ({ path: `/a/n${at}`, value: '' }));
    await second.store.write(writes);
    expect((await events.next()).value.path).toBe('/a');
    await events.return?.();
  });

  it('is written past a link that somebody planted where it is prepared', async () => {
    writeFileSync(path('victim'), 'kept');
    symlinkSync(path('victim'), path('host.json.tmp'));
    await buildGuest(open());
    expect(readFileSync(path('victim'), 'utf8')).toBe('kept');
  });

  it('boots anew for all', async () => {
    const [first, second] = [open(), open()];
    await buildGuest(first);
    const { bootId } = await second.simulator.inspect();
    await second.simulator.reboot();
    expect(await first.domains.list()).toHaveLength(1);
    expect((await first.simulator.inspect()).bootId).not.toBe(bootId);
  });

  it('hands locks and journal entries over when their session has crashed', async () => {
    const [first, second] = [open(), open()];
    await first.posix.tryLock('/l');
    await first.journal.open({ operation: 'create', name: 'x', uuid: '' });
    expect(await second.posix.tryLock('/l')).toBeUndefined();
    expect(await second.journal.abandoned()).toEqual([]);
    first.simulator.crash();
    expect(await second.posix.tryLock('/l')).toBeDefined();
    expect(await second.journal.abandoned()).toHaveLength(1);
  });
});

describe('a file that is no host', () => {
  it.each([
    ['empty', ''],
    ['text', 'hello'],
    ['another program’s JSON', '{"version":1}'],
    ['of another format', '{"xenSim":1,"version":3,"changes":[],"machine":{}}'.replace('1,', '2,')],
    ['cut off', '{"xenSim":1,"version":3,"changes":['],
  ])('is refused and left alone: %s', async (_, content) => {
    writeFileSync(path('host.json'), content);
    const { domains } = drive(openSimulator({ stateFile: path('host.json') }));
    await expect(domains.list()).rejects.toMatchObject({
      code: 'STATE_FILE_BROKEN',
      data: { file: path('host.json') },
    });
    await expect(domains.create(domainSpec())).rejects.toMatchObject({ code: 'STATE_FILE_BROKEN' });
    expect(readFileSync(path('host.json'), 'utf8')).toBe(content);
    expect(readdirSync(dirname(path('host.json')))).toEqual(['host.json']);
  });

  it('is refused where it cannot be made', async () => {
    const { domains } = drive(openSimulator({ stateFile: path('none/host.json') }));
    await expect(domains.list()).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE', errno: 'ENOENT' });
    const directory = drive(openSimulator({ stateFile: path('.') }));
    await expect(directory.domains.list()).rejects.toMatchObject({ code: 'STATE_FILE_UNUSABLE', errno: 'EISDIR' });
  });
});
