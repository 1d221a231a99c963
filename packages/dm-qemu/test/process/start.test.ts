import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { XenImageError, type DeviceModelStart, type Posix } from '@xen-image/core';
import { deviceModelsPort } from '../../src/process/device-models.js';
import { fakeQemu, type Answer } from '../support/fake-qemu.js';
import { cleanUp, machine, posix, qemuOf, until, untilSleeps } from '../support/machine.js';

const ONLY_DOM0 = [{ domid: 0, read: false, write: false }];

describe('starting a device model', () => {
  it('gives it /dev/null to read, its log to write, its sentinel, and nothing else', async () => {
    const { start, places, sentinels } = await machine();
    const { pid, logPath } = await start(5, ['run']);
    await untilSleeps(pid);
    const directory = `/proc/${pid}/fd`;
    // What was open to everybody before this process began is not ours to keep back.
    const ours = (fd: string): boolean => Number(fd) <= 4 || link(`/proc/self/fd/${fd}`) !== link(join(directory, fd));
    const open = readdirSync(directory)
      .filter(ours)
      .map((fd) => [fd, link(join(directory, fd))]);
    expect(Object.fromEntries(open)).toEqual({
      0: '/dev/null',
      1: logPath,
      2: logPath,
      4: join(places.sentinelDirectory, sentinels()[0] ?? ''),
    });
  });

  it('names the sentinel by domid and second, as a pipe that only the owner may open, whatever the umask', async () => {
    const before = process.umask(0o777);
    cleanUp(() => process.umask(before));
    const { start, places, sentinels } = await machine();
    const second = Math.floor(Date.now() / 1000);
    const { logPath } = await start(5, ['run']);
    const [name = ''] = sentinels();
    expect(Number(/^dm-5-(\d+)\.fifo$/.exec(name)?.[1])).toBeGreaterThanOrEqual(second);
    const pipe = statSync(join(places.sentinelDirectory, name));
    expect([pipe.isFIFO(), pipe.mode & 0o7777]).toEqual([true, 0o600]);
    expect(statSync(places.sentinelDirectory).mode & 0o7777).toBe(0o700);
    expect(statSync(logPath ?? '').mode & 0o7777).toBe(0o600);
  });

  it('gives no right away where the umask takes none', async () => {
    const before = process.umask(0);
    cleanUp(() => process.umask(before));
    const { start, places, sentinels } = await machine();
    const { logPath } = await start(5, ['run']);
    expect(statSync(join(places.sentinelDirectory, sentinels()[0] ?? '')).mode & 0o7777).toBe(0o600);
    expect(statSync(places.sentinelDirectory).mode & 0o7777).toBe(0o700);
    expect(statSync(logPath ?? '').mode & 0o7777).toBe(0o600);
  });

  it('starts one for each of two creations of a domid in one second', async () => {
    const { start, models, sentinels, places } = await machine();
    mkdirSync(places.sentinelDirectory, { mode: 0o700 });
    const second = Math.floor(Date.now() / 1000);
    // Whichever second it starts in.
    const taken = Array.from({ length: 60 }, (_, ahead) => `dm-5-${second + ahead}.fifo`);
    for (const name of taken) writeFileSync(join(places.sentinelDirectory, name), '');
    await start(5, ['run']);
    expect(sentinels().some((name) => /^dm-5-\d+-1\.fifo$/.test(name))).toBe(true);
    await models.stop(5);
    expect(sentinels()).toEqual(taken.sort());
  });

  it('fails where its sentinel cannot be made, before anything is started', async () => {
    const { places, store } = await machine();
    const refused = new XenImageError('SYSTEM_CALL_FAILED', 'mkfifo: ENOSPC', { call: 'mkfifo', errno: 'ENOSPC' });
    const full = { ...posix, mkfifo: () => Promise.reject(refused) };
    const models = deviceModelsPort({ store, posix: full }, places);
    const start: DeviceModelStart = {
      ...{ domid: 5, name: 'guest5', uuid: 'u', program: '/bin/false', args: [], environment: {} },
      readiness: 'process',
    };
    await expect(models.start(start)).rejects.toBe(refused);
    expect(existsSync(places.logDirectory)).toBe(false);
    expect(await store.read('/local/domain/0/device-model/5')).toBeUndefined();
  });

  it('tells xenstore its pid and its sentinel, readable by domain 0 alone', async () => {
    const { start, store, places, sentinels } = await machine();
    // A guest can read what stands below its own directory, unless that says otherwise.
    const guestReads = [...ONLY_DOM0, { domid: 5, read: true, write: false }];
    await store.write([{ path: '/local/domain/5', value: '', permissions: guestReads }]);
    const { pid } = await start(5, ['run']);
    const image = '/local/domain/5/image';
    expect(await store.read(`${image}/device-model-pid`)).toBe(String(pid));
    expect(await store.read(`${image}/device-model-fifo`)).toBe(join(places.sentinelDirectory, sentinels()[0] ?? ''));
    for (const path of [`${image}/device-model-pid`, `${image}/device-model-fifo`, '/xen-image/device-model/5']) {
      expect(await store.permissions(path)).toEqual(ONLY_DOM0);
    }
  });

  it('makes the device model’s directory for domain 0 alone, and leaves one that a profile made', async () => {
    const { start, store } = await machine();
    await start(5, ['run']);
    expect(await store.permissions('/local/domain/0/device-model/5')).toEqual(ONLY_DOM0);
    const guestWrites = [...ONLY_DOM0, { domid: 6, read: true, write: true }];
    await store.write([{ path: '/local/domain/0/device-model/6', value: '', permissions: guestWrites }]);
    await start(6, ['run'], { hasDirectory: true });
    expect(await store.permissions('/local/domain/0/device-model/6')).toEqual(guestWrites);
  });

  it('adds to the environment of the toolstack', async () => {
    const { start, log } = await machine();
    const environment = { DISPLAY: ':3', XAUTHORITY: '/root/.Xauthority' };
    const { pid } = await start(5, ['environment', 'run'], { environment });
    await untilSleeps(pid);
    expect(log('guest5')).toMatch(/^DISPLAY=:3$/m);
    expect(log('guest5')).toMatch(/^XAUTHORITY=\/root\/\.Xauthority$/m);
  });

  it('is as likely as any process to be ended where memory runs out, however the toolstack is kept', async () => {
    // Only root can keep a process more than others; the other way round the same holds.
    const own = '/proc/self/oom_score_adj';
    const before = readFileSync(own, 'utf8');
    cleanUp(() => {
      writeFileSync(own, before);
    });
    writeFileSync(own, '300');
    const { start } = await machine();
    const { pid } = await start(5, ['run']);
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, 'utf8')).toBe('0\n');
    expect(readFileSync(own, 'utf8')).toBe('300\n');
  });

  it('begins a session of its own, so that it outlives the toolstack and its terminal', async () => {
    const { start } = await machine();
    const { pid } = await start(5, ['run']);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    expect(Number(fields[3])).toBe(pid);
  });

  it.each([
    ['that is not there', '/nowhere/qemu', 'ENOENT'],
    ['that is no program', fileURLToPath(new URL('start.test.ts', import.meta.url)), 'EACCES'],
    ['that is a directory', '/tmp', 'EACCES'],
  ])('fails at once for a program %s, and leaves nothing', async (_what, program, errno) => {
    const { start, store, sentinels } = await machine();
    await expect(start(5, [], { program })).rejects.toMatchObject({
      code: 'DEVICE_MODEL_NOT_EXECUTABLE',
      call: 'execve',
      errno,
      domain: { domid: 5, name: 'guest5' },
    });
    expect(sentinels()).toEqual([]);
    expect(await store.read('/xen-image/device-model/5')).toBeUndefined();
    expect(await store.read('/local/domain/5/image/device-model-fifo')).toBeUndefined();
    expect(await store.read('/local/domain/0/device-model/5')).toBeUndefined();
  });

  it('fails likewise where the kernel makes no process of it, and leaves nothing', async () => {
    const { start, sentinels } = await machine();
    // Longer than one argument can be (MAX_ARG_STRLEN, 128 KiB).
    await expect(start(5, ['x'.repeat(200_000)])).rejects.toMatchObject({
      code: 'DEVICE_MODEL_NOT_EXECUTABLE',
      errno: 'E2BIG',
      domain: { domid: 5, name: 'guest5' },
    });
    expect(sentinels()).toEqual([]);
  });

  it('does nothing where the domain has one that runs', async () => {
    const { start, sentinels } = await machine();
    const { pid } = await start(5, ['run']);
    expect((await start(5, ['run'])).pid).toBe(pid);
    expect(sentinels()).toHaveLength(1);
  });

  it('fails with what it said where it ends before it is ready', async () => {
    const { start, sentinels } = await machine();
    const args = ['say:Could not open disk.img', 'exit:1'];
    await expect(start(5, args, { readiness: 'xenstore' })).rejects.toMatchObject({
      code: 'DEVICE_MODEL_DIED',
      said: ['Could not open disk.img'],
    });
    expect(sentinels()).toEqual([]);
  });

  it('fails, or is watched to its end, where it dies before its pid is stored', async () => {
    const { start, watch } = await machine();
    const watching = watch();
    await watching.first('watching');
    const outcome = await start(5, ['exit:3']).then(
      () => 'started' as const,
      (error: unknown) => error,
    );
    if (outcome === 'started') expect((await watching.first('died')).end).toEqual({ how: 'exited', status: 3 });
    else expect(outcome).toMatchObject({ code: 'DEVICE_MODEL_DIED' });
  });

  /** Hands a device model over once it has said something: what it takes to say it is none of the time that it has. */
  const heardFirst = (log: (name: string) => string): Posix => ({
    ...posix,
    async spawn(program) {
      const started = await posix.spawn(program);
      await until(() => log('guest5') !== '');
      return started;
    },
  });

  it('ends one that is not ready in time, and tells what it said', async () => {
    const { start, log } = await machine({}, heardFirst);
    const args = ['say:waiting for a disk', 'run'];
    await expect(start(5, args, { readiness: 'xenstore', timeoutMs: 300 })).rejects.toMatchObject({
      code: 'DEVICE_MODEL_TIMEOUT',
      said: ['waiting for a disk'],
      data: { timeoutMs: 300 },
    });
    expect(log('guest5')).toBe('waiting for a disk\n');
  });

  const vnc = { return: { enabled: true, host: '127.0.0.1', service: '5903' } };
  const READY = [{ path: '/local/domain/0/device-model/5/state', value: 'running' }];
  /** One of today, whose QEMU answers so and whose state in xenstore says that it runs. */
  const started = async (
    host: Awaited<ReturnType<typeof machine>>,
    args: readonly string[],
    answers: Readonly<Record<string, Answer>> = {},
    more: Partial<DeviceModelStart> = {},
  ) => {
    const starting = host.start(5, args, { readiness: 'xenstore', timeoutMs: 10_000, ...more });
    // Told in the order in which a test waits for it.
    starting.catch(() => undefined);
    const qemu = await qemuOf(host, 5, answers);
    await host.store.write(READY);
    return { ...(await starting), qemu };
  };

  it('is ready when its state in xenstore says so and it says itself that it runs', async () => {
    const host = await machine();
    const order: string[] = [];
    const starting = host.start(5, ['run'], { readiness: 'xenstore', timeoutMs: 10_000 }).then(({ pid }) => {
      order.push('ready');
      return pid;
    });
    await until(() => host.sentinels().length > 0);
    await host.store.write(READY);
    await new Promise((resolve) => setTimeout(resolve, 100));
    order.push('its socket is there');
    await qemuOf(host, 5, { 'query-status': { return: { running: false, status: 'inmigrate' } } }).then(
      async (qemu) => {
        await until(() => qemu.got.some(({ execute }) => execute === 'query-status'));
        order.push('it runs');
        qemu.say({ event: 'RESUME' });
      },
    );
    expect(await starting).toBeGreaterThan(1);
    expect(order).toEqual(['its socket is there', 'it runs', 'ready']);
  });

  it.each<[string, Readonly<Record<string, Answer>>]>([
    ['has no control socket', {}],
    ['does not say that it runs', { 'query-status': 'silence' }],
  ])('ends one that says in xenstore that it runs and %s, and tells what it said', async (what, answers) => {
    const host = await machine({}, heardFirst);
    const args = ['say:initializing vCPUs', 'run'];
    const starting = host.start(5, args, { readiness: 'xenstore', timeoutMs: 600 });
    starting.catch(() => undefined);
    await until(() => host.sentinels().length > 0);
    await host.store.write(READY);
    if (what !== 'has no control socket') await qemuOf(host, 5, answers);
    await expect(starting).rejects.toMatchObject({ code: 'DEVICE_MODEL_TIMEOUT', said: ['initializing vCPUs'] });
    expect(host.sentinels()).toEqual([]);
  });

  it('asks no QEMU of an earlier domain that left its socket', async () => {
    const host = await machine();
    const before = await fakeQemu({}, { path: join(host.directory, 'qmp-libxl-5') });
    const { qemu } = await started(host, ['run']);
    expect(before.got).toEqual([]);
    expect(qemu.got.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-status']);
  });

  it('sets the VNC password over the control socket alone', async () => {
    const host = await machine();
    const { pid, qemu } = await started(host, ['environment', 'run'], {}, { vncPassword: 'geheim' });
    expect(qemu.got).toContainEqual({ execute: 'change-vnc-password', arguments: { password: 'geheim' } });
    await untilSleeps(pid);
    expect(host.log('guest5')).toContain('PATH=');
    expect(host.log('guest5')).not.toContain('geheim');
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('geheim');
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain('geheim');
  });

  it('asks a QEMU of today for its display, and tells it where xl looks for it', async () => {
    const host = await machine();
    const { vncDisplay } = await started(host, ['-vnc', '127.0.0.1:0,to=99', 'run'], { 'query-vnc': vnc });
    expect(vncDisplay).toBe(3);
    expect(await host.store.read('/local/domain/5/console/vnc-port')).toBe('5903');
  });

  it('warns where the display cannot be had', async () => {
    const host = await machine();
    const warnings: string[] = [];
    const onWarning = (code: string): unknown => warnings.push(code);
    await started(host, ['-vnc', '127.0.0.1:0', 'run'], { 'query-vnc': { error: 'no' } }, { onWarning });
    expect(warnings).toEqual(['QMP_FAILED']);
  });

  it('asks nothing more where there is no VNC server', async () => {
    const { vncDisplay, qemu } = await started(await machine(), ['-vnc', 'none', 'run']);
    expect(vncDisplay).toBeUndefined();
    expect(qemu.got.map(({ execute }) => execute)).toEqual(['qmp_capabilities', 'query-status']);
  });

  it('ends the device model where the password cannot be set: it would be open to all', async () => {
    const host = await machine();
    const answers: Readonly<Record<string, Answer>> = { 'change-vnc-password': { error: 'no DES' } };
    await expect(started(host, ['run'], answers, { vncPassword: 'x' })).rejects.toMatchObject({ code: 'QMP_FAILED' });
    expect(host.sentinels()).toEqual([]);
  });

  it('leaves neither log nor sentinel open in this process', async () => {
    const { start, directory } = await machine();
    await start(4, ['run']);
    const open = (): string[] => readdirSync('/proc/self/fd').map((fd) => link(`/proc/self/fd/${fd}`));
    await start(5, ['run']);
    expect(open().filter((path) => path.startsWith(directory))).toEqual([]);
  });
});

function link(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
