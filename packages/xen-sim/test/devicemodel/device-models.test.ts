import { describe, expect, it } from '@jest/globals';
import type { DeviceModelStart } from '@xen-image/core';
import { understand } from '../../src/devicemodel/argv.js';
import { FIRST_PID } from '../../src/devicemodel/process.js';
import { buildGuest, hvmBuild, hvmSpec, newHost, prepare, type TestHost } from '../support/host.js';

function start(domid: number, change: Partial<DeviceModelStart> = {}): DeviceModelStart {
  return {
    domid,
    name: 'guest',
    uuid: '',
    program: '/qemu',
    args: [],
    environment: {},
    readiness: 'xenstore',
    ...change,
  };
}

async function hvmGuest(host: TestHost): Promise<number> {
  const domid = await prepare(host, hvmSpec(), 100 * 1024);
  await host.builder.build(domid, hvmBuild(64));
  return domid;
}

describe('what a device model understands of its command line', () => {
  it.each([
    ['qemu-xen, cirrus', ['-device', 'cirrus-vga,vgamem_mb=8', '-machine', 'xenfv'], 8],
    ['qemu-xen, standard VGA without a size', ['-device', 'VGA'], 16],
    ['qemu-xen without a card', ['-machine', 'xenfv'], 0],
    ['qemu-xen-traditional with a size', ['-videoram', '12', '-M', 'xenfv'], 12],
    ['qemu-xen-traditional without one', ['-M', 'xenfv'], 4],
    ['a PV guest', ['-M', 'xenpv'], 0],
  ])('is the video memory: %s', (_, args, videoRamMib) => {
    expect(understand(args)).toEqual({ videoRamMib });
  });

  it.each([
    [['-vnc', '127.0.0.1:3,to=99'], { display: 3, findUnused: true }],
    [['-vnc', '0.0.0.0:0,password', '-vncunused'], { display: 0, findUnused: true }],
    [['-vnc', '[::1]:7'], { display: 7, findUnused: false }],
    [['-vnc', 'none'], undefined],
  ])('is the VNC display: %j', (args, vnc) => {
    expect(understand(args).vnc).toEqual(vnc);
  });
});

describe('a simulated device model', () => {
  it('says that it runs, as a process that no machine has', async () => {
    const host = newHost();
    const domid = await hvmGuest(host);
    const { pid } = await host.models.start(start(domid));
    expect(pid).toBeGreaterThanOrEqual(FIRST_PID);
    expect(await host.posix.identify(pid)).toMatchObject({ pid });
    expect(await host.store.read(`/local/domain/0/device-model/${domid}/state`)).toBe('running');
    await host.models.resume?.(domid);
    expect((await host.simulator.inspect()).deviceModels).toMatchObject([{ pid, domid, name: 'guest', resumed: true }]);
  });

  it('leaves nothing when it is stopped, and can be started again', async () => {
    const host = newHost();
    const domid = await hvmGuest(host);
    const before = await host.simulator.inspect();
    const vnc = { args: ['-vnc', ':0'] };
    const first = await host.models.start(start(domid, vnc));
    await host.models.stop(domid);
    await host.models.stop(domid);
    const after = await host.simulator.inspect();
    expect({ ...after, store: undefined }).toEqual({ ...before, store: undefined });
    expect(await host.posix.identify(first.pid)).toBeUndefined();
    const second = await host.models.start(start(domid, vnc));
    expect(second.pid).not.toBe(first.pid);
  });

  it('finds a VNC display that is not in use, or fails where it may not look', async () => {
    const host = newHost();
    const [first, second, third] = [await hvmGuest(host), await hvmGuest(host), await hvmGuest(host)];
    const looking = { args: ['-vnc', ':0,to=99'] };
    expect(await host.models.start(start(first, looking))).toMatchObject({ vncDisplay: 0 });
    expect(await host.models.start(start(second, looking))).toMatchObject({ vncDisplay: 1 });
    await expect(host.models.start(start(third, { args: ['-vnc', ':1'] }))).rejects.toMatchObject({
      code: 'DEVICE_MODEL_DIED',
      said: [expect.stringContaining('Address already in use')],
    });
  });

  it('gives back what it got of its video memory where the rest is not to be had', async () => {
    const host = newHost();
    const domid = await prepare(host, hvmSpec(), 65 * 1024);
    await host.builder.build(domid, hvmBuild(64));
    const before = await host.simulator.inspect();
    await expect(host.models.start(start(domid, { args: ['-device', 'VGA'] }))).rejects.toMatchObject({
      code: 'DEVICE_MODEL_DIED',
    });
    expect(await host.simulator.inspect()).toEqual(before);
  });

  it('needs a program that can be executed', async () => {
    const host = newHost({ files: { '/loader': 'file', '/dir': 'directory' } });
    const domid = await hvmGuest(host);
    for (const [program, errno] of [
      ['/none', 'ENOENT'],
      ['/dir', 'EACCES'],
    ] as const) {
      await expect(host.models.start(start(domid, { program }))).rejects.toMatchObject({
        code: 'DEVICE_MODEL_NOT_EXECUTABLE',
        errno,
        domain: { domid, name: 'guest' },
      });
    }
  });

  it('dies without its domain, and beside another one of the domain', async () => {
    const host = newHost();
    await expect(host.models.start(start(9))).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
    const domid = await hvmGuest(host);
    await host.models.start(start(domid));
    await expect(host.models.start(start(domid))).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
  });

  it('dies or hangs where the test wants it to, and nothing of it runs then', async () => {
    let does: 'dies' | 'hangs' = 'dies';
    const host = newHost({ deviceModel: () => does, files: { '/loader': 'file', '/qemu': 'file' } });
    const domid = await hvmGuest(host);
    const before = await host.simulator.inspect();
    await expect(host.models.start(start(domid))).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
    does = 'hangs';
    await expect(host.models.start(start(domid, { timeoutMs: 5 }))).rejects.toMatchObject({
      code: 'DEVICE_MODEL_TIMEOUT',
    });
    const control = new AbortController();
    const hanging = host.models.start(start(domid), control.signal);
    setTimeout(() => {
      control.abort();
    }, 5);
    await expect(hanging).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await host.simulator.inspect()).toEqual(before);
  });

  it('keeps a destroyed domain from ending until it ends itself', async () => {
    const host = newHost();
    const { memory } = await host.simulator.inspect();
    const domid = await hvmGuest(host);
    await host.models.start(start(domid));
    await host.domains.destroy(domid);
    expect(await host.domains.info(domid)).toMatchObject({ dying: true });
    await host.models.stop(domid);
    expect(await host.domains.info(domid)).toBeUndefined();
    expect((await host.simulator.inspect()).memory).toEqual(memory);
  });

  it('can die by itself, and by a signal to the process that is meant', async () => {
    const host = newHost();
    const domid = await hvmGuest(host);
    await host.models.start(start(domid));
    expect(await host.simulator.killDeviceModel(domid)).toBe(true);
    expect(await host.simulator.killDeviceModel(domid)).toBe(false);
    await expect(host.models.resume?.(domid)).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
    const { pid } = await host.models.start(start(domid));
    const identity = (await host.posix.identify(pid))!;
    const gone = host.posix.waitForExit(identity);
    expect(await host.posix.signal({ ...identity, startTime: 0 }, 'SIGKILL')).toBe(false);
    expect(await host.posix.signal(identity, 'SIGUSR1')).toBe(true);
    expect(await host.posix.identify(pid)).toEqual(identity);
    expect(await host.posix.signal(identity, 'SIGKILL')).toBe(true);
    await gone;
    expect(await host.posix.signal(identity, 'SIGKILL')).toBe(false);
  });

  it('serves a PV guest without memory or channels of it', async () => {
    const host = newHost();
    const domid = await buildGuest(host);
    const before = (await host.simulator.inspect()).domains;
    await host.models.start(start(domid, { args: ['-M', 'xenpv'] }));
    expect((await host.simulator.inspect()).domains).toEqual(before);
  });
});
