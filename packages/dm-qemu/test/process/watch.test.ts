import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { deviceModelsPort } from '../../src/process/device-models.js';
import { cleanUp, FAKE, machine, posix, runs, until, untilSleeps } from '../support/machine.js';

type Machine = Awaited<ReturnType<typeof machine>>;

/** A toolstack in a process of its own that has started a device model; ends with SIGKILL. */
async function toolstackThatStarted({ address, places }: Machine, domid: number, args: readonly string[]) {
  const start = {
    domid,
    name: `guest${domid}`,
    uuid: '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01',
    program: FAKE,
    args,
    environment: {},
    readiness: 'process',
  };
  const script = fileURLToPath(new URL('../support/toolstack-process.mjs', import.meta.url));
  const toolstack = spawn(process.execPath, [script, JSON.stringify({ does: 'start', address, places, start })], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const [line] = (await once(toolstack.stdout, 'data')) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { pid: number };
  cleanUp(() => {
    toolstack.kill('SIGKILL');
    if (pid > 1) process.kill(pid, 'SIGKILL');
  });
  return {
    pid,
    async killed() {
      toolstack.kill('SIGKILL');
      await once(toolstack, 'exit');
    },
  };
}

describe('watching device models', () => {
  it.each([
    ['exited', ['exit:0'], { how: 'exited', status: 0 }, /^pid \d+: exited$/],
    ['exited with a status', ['exit:3'], { how: 'exited', status: 3 }, /^pid \d+: exited with nonzero status 3$/],
    ['died of SIGSEGV', ['die:SEGV'], { how: 'signal', signal: 'SIGSEGV' }, /^pid \d+: died due to signal SIGSEGV$/],
    ['died of SIGKILL', ['die:KILL'], { how: 'signal', signal: 'SIGKILL' }, /^pid \d+: died due to signal SIGKILL$/],
  ])('tells that one %s', async (_what, ends, end, message) => {
    const { start, watch, held, letGo } = await machine();
    const watching = watch();
    await watching.first('watching');
    const { pid, logPath } = await start(5, ['say:qemu: something broke', held, ...ends]);
    await watching.first('watched');
    letGo();
    const died = await watching.first('died');
    expect(died).toMatchObject({ end, adopted: false, said: ['qemu: something broke'] });
    expect(died.model).toMatchObject({ domid: 5, name: 'guest5', pid, logPath });
    expect(died.message).toMatch(message);
  });

  it('kills one that closed its sentinel but lives', async () => {
    const { start, watch } = await machine();
    const watching = watch();
    const { pid } = await start(5, ['close-sentinel', 'run']);
    const { end, message } = await watching.first('died');
    expect(end).toEqual({ how: 'sentinel-closed' });
    expect(message).toBe(`pid ${pid}: malfunctioning (closed sentinel), killed`);
    await until(async () => !(await runs(pid)));
    // It is collected, too: nothing of it stays among the processes.
    await until(() => !existsSync(`/proc/${pid}`));
  });

  it('waits for one that is just dying, and tells how it died', async () => {
    const { start, watch, held, letGo } = await machine();
    const watching = watch();
    await start(5, [held, 'close-sentinel', 'wait:0.1', 'exit:3']);
    await watching.first('watched');
    letGo();
    expect((await watching.first('died')).end).toEqual({ how: 'exited', status: 3 });
  });

  it('does not say that it killed one which was gone by then', async () => {
    const { start, watch, store, places } = await machine();
    const gone = { ...posix, signal: () => Promise.resolve(false) };
    const watching = watch(deviceModelsPort({ store, posix: gone }, places));
    await watching.first('watching');
    const { pid } = await start(5, ['close-sentinel', 'run']);
    const { end, message } = await watching.first('died');
    expect(end).toEqual({ how: 'unknown' });
    expect(message).toBe(`pid ${pid}: ended; it was no child of this process, so its status is not known`);
  });

  it('kills one that closed its sentinel and is not a child of this process', async () => {
    const host = await machine();
    const toolstack = await toolstackThatStarted(host, 5, ['wait:0.5', 'close-sentinel', 'run']);
    await toolstack.killed();
    const { end } = await host.watch().first('died');
    expect(end).toEqual({ how: 'sentinel-closed' });
    await until(async () => !(await runs(toolstack.pid)));
  });

  it('takes what one writes to its sentinel, and goes on watching', async () => {
    const { start, watch, held, letGo } = await machine();
    const watching = watch();
    await watching.first('watching');
    await start(5, [held, 'fill-sentinel', 'say:filled', 'exit:2']);
    // Where nobody has the other end, it would not be let write.
    await watching.first('watched');
    letGo();
    const { end, said } = await watching.first('died');
    expect(end).toEqual({ how: 'exited', status: 2 });
    expect(said.at(-1)).toBe('filled');
  });

  it('finds the sentinel of one that filled it while nobody watched', async () => {
    const { start, watch } = await machine();
    const { pid } = await start(5, ['fill-sentinel', 'run']);
    await untilSleeps(pid);
    const watching = watch();
    await watching.first('watching');
    expect(watching.events).toMatchObject([
      { event: 'watched', adopted: true },
      { event: 'watching', count: 1 },
    ]);
    process.kill(pid, 'SIGKILL');
    expect((await watching.first('died')).end).toEqual({ how: 'signal', signal: 'SIGKILL' });
  });

  it('tells apart who was stopped on purpose, by whichever process', async () => {
    const { start, watch, another } = await machine();
    const watching = watch();
    await watching.first('watching');
    await start(5, ['run']);
    await watching.first('watched');
    await another().stop(5);
    expect((await watching.first('stopped')).model).toMatchObject({ domid: 5, name: 'guest5' });
    expect(watching.events.map(({ event }) => event)).not.toContain('died');
  });

  it('keeps nothing of one that another process has stopped', async () => {
    const { start, watch, another, children } = await machine();
    const watching = watch();
    await watching.first('watching');
    const { pid } = await start(5, ['run']);
    await watching.first('watched');
    await another().stop(5);
    await watching.first('stopped');
    await until(() => children.ended(pid) === undefined);
  });

  it('tells the end of one whose log cannot be written to', async () => {
    const { start, watch, held, letGo } = await machine();
    const watching = watch();
    await start(5, ['full-output', 'say:lost', held, 'exit:1']);
    await watching.first('watched');
    letGo();
    expect(await watching.first('died')).toMatchObject({ end: { how: 'exited', status: 1 }, said: [] });
  });

  it('tells the end of one that was not its child, without its status', async () => {
    const { start, watch, another } = await machine();
    const watching = watch(another());
    await watching.first('watching');
    const { pid } = await start(5, ['run']);
    await watching.first('watched');
    process.kill(pid, 'SIGKILL');
    const { end, message } = await watching.first('died');
    expect(end).toEqual({ how: 'unknown' });
    expect(message).toContain('was no child of this process');
  });

  it('needs no thread, no timer and no processor time for one that runs', async () => {
    const { start, watch } = await machine();
    const threads = (): number => Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    const watching = watch();
    await start(1, ['run']);
    await watching.first('watched');
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = { threads: threads(), timers: timers() };
    for (let domid = 2; domid <= 30; domid += 1) await start(domid, ['run']);
    await until(() => watching.events.filter(({ event }) => event === 'watched').length === 30);
    expect(threads()).toBeLessThanOrEqual(before.threads);
    // Some of the test's own may come and go.
    expect(timers()).toBeLessThan(before.timers + 10);
    // The least of several spans: what is compiled or collected meanwhile only ever adds.
    let leastUs = Infinity;
    for (let span = 0; span < 4; span += 1) {
      const cpu = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, 250));
      const { user, system } = process.cpuUsage(cpu);
      leastUs = Math.min(leastUs, user + system);
    }
    expect(leastUs).toBeLessThan(25_000);
  });

  it('tells of a hundred that die at once', async () => {
    const { start, watch } = await machine();
    const watching = watch();
    const pids: number[] = [];
    for (let domid = 1; domid <= 100; domid += 1) pids.push((await start(domid, ['run'])).pid);
    await until(() => watching.events.filter(({ event }) => event === 'watched').length === 100);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await until(() => watching.events.filter(({ event }) => event === 'died').length === 100);
    const domids = watching.events.flatMap((event) => (event.event === 'died' ? [event.model.domid] : []));
    expect(new Set(domids).size).toBe(100);
  });

  it('ends when it is asked to, and leaves the device models alone', async () => {
    const { start, watch } = await machine();
    const watching = watch();
    const { pid } = await start(5, ['run']);
    await watching.first('watched');
    await watching.end();
    expect(await runs(pid)).toBe(true);
    expect(watching.events.map(({ event }) => event)).not.toContain('died');
  });
});

describe('adopting device models after a restart', () => {
  it('watches those that outlived their toolstack', async () => {
    const host = await machine();
    const toolstack = await toolstackThatStarted(host, 5, ['run']);
    await toolstack.killed();
    expect(await runs(toolstack.pid)).toBe(true);
    const watching = host.watch();
    expect((await watching.first('watched')).adopted).toBe(true);
    expect(await watching.first('watching')).toMatchObject({ count: 1 });
    process.kill(toolstack.pid, 'SIGKILL');
    expect(await watching.first('died')).toMatchObject({ adopted: false, model: { pid: toolstack.pid, domid: 5 } });
  });

  it('tells which ended while nobody watched', async () => {
    const { start, watch, another, log } = await machine();
    const { pid } = await start(5, ['say:last words', 'run']);
    await until(() => log('guest5') !== '');
    process.kill(pid, 'SIGKILL');
    await until(async () => !(await runs(pid)));
    const died = await watch(another()).first('died');
    expect(died).toMatchObject({ adopted: true, model: { domid: 5, pid }, end: { how: 'unknown' } });
    expect(died.said).toEqual(['last words']);
  });

  it.each([
    ['is missing', (path: string) => rmSync(path), /ENOENT/],
    [
      'is a link',
      (path: string) => {
        unlinkSync(path);
        symlinkSync('/etc/passwd', path);
      },
      /symbolic link/,
    ],
    [
      'is no pipe',
      (path: string) => {
        unlinkSync(path);
        writeFileSync(path, '');
      },
      /no named pipe/,
    ],
  ])('leaves one alone whose sentinel %s, and tells so', async (_what, spoil, why) => {
    const { start, watch, places, sentinels } = await machine();
    const { pid } = await start(5, ['run']);
    spoil(join(places.sentinelDirectory, sentinels()[0] ?? ''));
    const watching = watch();
    const event = await watching.first('unwatchable');
    expect(event).toMatchObject({ model: { domid: 5, pid } });
    expect(event.why).toMatch(why);
    await watching.first('watching');
    expect(await runs(pid)).toBe(true);
  });

  it('passes over a record that is no record', async () => {
    const { store, watch } = await machine();
    const values = [
      '',
      '{',
      'null',
      '{"domid":6}',
      JSON.stringify({ domid: 9, uuid: '', name: '', sentinel: '', logPath: '' }),
    ];
    await store.write(values.map((value, index) => ({ path: `/xen-image/device-model/${index}`, value })));
    await store.write([{ path: '/xen-image/device-model/none', value: '' }]);
    expect(await watch().first('watching')).toMatchObject({ count: 0 });
  });

  it('removes stale sentinels, never those in use or of this moment, nor what only looks like one', async () => {
    const { start, watch, places, sentinels } = await machine();
    await start(5, ['run']);
    const used = sentinels();
    const at = (name: string): string => join(places.sentinelDirectory, name);
    await posix.mkfifo(at('dm-7-1.fifo'), 0o600);
    await posix.mkfifo(at('dm-8-1.fifo'), 0o600);
    await posix.mkfifo(at('dm-9.fifo'), 0o600);
    symlinkSync('/etc/passwd', at('dm-6-1.fifo'));
    mkdirSync(at('dm-4-1.fifo'));
    // Held by a process that no record names: its toolstack died right after starting it.
    const holder = spawn('sh', ['-c', `exec sleep 60 4>${at('dm-8-1.fifo')}`], { stdio: 'ignore' });
    cleanUp(() => holder.kill('SIGKILL'));
    const reader = spawn('sh', ['-c', `exec sleep 60 5<${at('dm-8-1.fifo')}`], { stdio: 'ignore' });
    cleanUp(() => reader.kill('SIGKILL'));
    for (const { pid = 0 } of [holder, reader]) await untilSleeps(pid);
    await posix.mkfifo(at('dm-3-1.fifo'), 0o600);
    const before = new Date(Date.now() - 60_000);
    for (const name of ['dm-7-1.fifo', 'dm-8-1.fifo', 'dm-9.fifo', 'dm-4-1.fifo']) utimesSync(at(name), before, before);
    await watch().first('watching');
    expect(sentinels()).toEqual(
      [...used, 'dm-3-1.fifo', 'dm-4-1.fifo', 'dm-6-1.fifo', 'dm-8-1.fifo', 'dm-9.fifo'].sort(),
    );
  });
});
