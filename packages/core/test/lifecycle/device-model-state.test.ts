import { describe, expect, it } from '@jest/globals';
import { DEVICE_MODELS, definePlugin, DOMAINS, Operation, type DeviceModels } from '../../src/index.js';
import { host } from '../support/supervised.js';
import { HVM, PV } from '../support/toolstack.js';

const STATE = '/run/win.qemu';

/** A host with an HVM guest that runs. */
async function running(text = HVM) {
  const on = host();
  const { domid, uuid } = await on.toolstack.create(await on.toolstack.plan({ text }), { attended: true });
  const look = async () => {
    const { domains, deviceModels, journal } = await on.simulator.inspect();
    const { shutdownReason, memoryKib, pauseCount } = domains.find((one) => one.domid === domid) ?? {};
    return { shutdownReason, memoryKib, pauseCount, deviceModels, journal };
  };
  const isThere = async (path = STATE) =>
    on.toolstack.restoreDeviceModel(domid, path).then(
      () => true,
      ({ code }: { code: string }) => code !== 'DEVICE_MODEL_STATE',
    );
  return { ...on, domid, uuid, look, isThere };
}

describe('saving a device model', () => {
  it('brings the domain to rest and stops the emulation, and nothing is unfinished', async () => {
    const { toolstack, domid, uuid, look } = await running();
    expect(await toolstack.saveDeviceModel('win', STATE)).toEqual({ domid, uuid, name: 'win' });
    expect(await look()).toMatchObject({
      shutdownReason: 'suspend',
      deviceModels: [{ domid, stopped: true }],
      journal: [],
    });
  });

  it('is undone where the state cannot be written: the guest goes on', async () => {
    const { toolstack, simulator, look } = await running();
    const before = await look();
    simulator.faults.inject({ call: 'DeviceModels.save', refuse: 'ENOSPC' });
    await expect(toolstack.saveDeviceModel('win', STATE)).rejects.toMatchObject({
      code: 'QMP_FAILED',
      phase: 'device-model',
    });
    expect(await look()).toEqual(before);
  });

  it('is undone by an abort, and leaves no state that fits no more', async () => {
    const { toolstack, simulator, look, isThere, domid } = await running();
    const before = await look();
    const abort = new AbortController();
    simulator.faults.inject({ call: 'DeviceModels.save', after: () => abort.abort() });
    await expect(toolstack.saveDeviceModel(domid, STATE, { signal: abort.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await look()).toEqual(before);
    await toolstack.saveDeviceModel(domid, '/run/other');
    expect(await isThere()).toBe(false);
  });

  it('marks the domain crashed where its device model died, since it cannot go on', async () => {
    const { toolstack, simulator, look, domid } = await running();
    simulator.faults.inject({ call: 'DeviceModels.save', before: () => void simulator.killDeviceModel(domid) });
    await expect(toolstack.saveDeviceModel(domid, STATE)).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
    expect(await look()).toMatchObject({ shutdownReason: 'crash', pauseCount: 0, deviceModels: [] });
  });

  it('is refused for what has no such device model', async () => {
    const { toolstack, simulator, domid } = await running();
    await toolstack.create(await toolstack.plan({ text: PV }), { attended: true });
    await expect(toolstack.saveDeviceModel('web', STATE)).rejects.toMatchObject({
      code: 'DEVICE_MODEL_STATE_UNSUPPORTED',
    });
    await expect(toolstack.saveDeviceModel(0, STATE)).rejects.toMatchObject({ code: 'DOMAIN_PROTECTED' });
    await expect(toolstack.saveDeviceModel('nobody', STATE)).rejects.toMatchObject({ code: 'DOMAIN_UNKNOWN' });
    await expect(toolstack.saveDeviceModel('win', 'win.qemu')).rejects.toBeInstanceOf(Error);
    await simulator.asDomain(domid).shutdown('poweroff');
    await expect(toolstack.saveDeviceModel('win', STATE)).rejects.toMatchObject({
      code: 'DOMAIN_SHUT_DOWN',
      data: { reason: 'poweroff' },
    });
  });

  it('is refused while another saves', async () => {
    const { toolstack, simulator, look, domid } = await running();
    let second: Promise<unknown> = Promise.resolve();
    simulator.faults.inject({
      call: 'Domains.shutdown',
      before: async () => {
        second = toolstack.saveDeviceModel(domid, '/run/second').catch(({ code }: { code: string }) => code);
        await second;
      },
    });
    await toolstack.saveDeviceModel(domid, STATE);
    expect(await second).toBe('DOMAIN_BUSY');
    expect(await look()).toMatchObject({ shutdownReason: 'suspend', journal: [] });
  });
});

describe('a domain at rest', () => {
  it('goes on with the device model that it has', async () => {
    const { toolstack, look, domid, uuid } = await running();
    const before = await look();
    await toolstack.saveDeviceModel('win', STATE);
    expect(await toolstack.resume('win')).toEqual({ domid, uuid, name: 'win' });
    expect(await look()).toEqual({ ...before, deviceModels: [{ ...before.deviceModels[0], stopped: false }] });
    await expect(toolstack.resume('win')).rejects.toMatchObject({ code: 'DOMAIN_NOT_SUSPENDED' });
  });

  it('is marked crashed where that died meanwhile', async () => {
    const { toolstack, simulator, look, domid } = await running();
    await toolstack.saveDeviceModel('win', STATE);
    await simulator.killDeviceModel(domid);
    await expect(toolstack.resume('win')).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
    expect(await look()).toMatchObject({ shutdownReason: 'crash' });
  });

  it('shuts down as any, once it has gone on: xenstore tells of it', async () => {
    const { toolstack, simulator, domid } = await running();
    await toolstack.saveDeviceModel('win', STATE);
    await toolstack.resume('win');
    let told = 0;
    simulator.storeBackend().watch(0, '@releaseDomain', () => void (told += 1));
    await simulator.asDomain(domid).shutdown('poweroff');
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toBe(1);
  });
});

describe('restoring a device model', () => {
  it('starts a new one from the state, with the arguments that the first had, and lets the guest go on', async () => {
    const { toolstack, look, domid, uuid } = await running();
    const before = await look();
    await toolstack.saveDeviceModel('win', STATE);
    const restored = await toolstack.restoreDeviceModel('win', STATE);
    const after = await look();
    const [first, second] = [before.deviceModels[0]!, after.deviceModels[0]!];
    expect(restored).toEqual({ domid, uuid, name: 'win', deviceModelPid: second.pid, vncDisplay: 0 });
    expect(second.pid).not.toBe(first.pid);
    expect(second.args.filter((arg) => !['-incoming', 'fd:3'].includes(arg))).toEqual(first.args);
    expect(second.args).toContain('-incoming');
    expect(second.stopped).toBe(false);
    expect(after).toMatchObject({ memoryKib: before.memoryKib, journal: [] });
    expect(after.shutdownReason).toBe(before.shutdownReason);
  });

  it('is refused for a domain that runs, a state that is not there, and a guest of another toolstack', async () => {
    const { toolstack, look, domains } = await running();
    await expect(toolstack.restoreDeviceModel('win', STATE)).rejects.toMatchObject({ code: 'DOMAIN_NOT_SUSPENDED' });
    await toolstack.saveDeviceModel('win', STATE);
    const rests = await look();
    await expect(toolstack.restoreDeviceModel('win', '/run/absent')).rejects.toMatchObject({
      code: 'DEVICE_MODEL_STATE',
    });
    domains.clear();
    await expect(toolstack.restoreDeviceModel('win', STATE)).rejects.toMatchObject({ code: 'DOMAIN_NOT_KEPT' });
    expect(await look()).toEqual(rests);
    const plan = await toolstack.plan({ text: HVM });
    await expect(toolstack.restoreDeviceModel('win', STATE, { plan })).rejects.toThrow(/the plan is of/);
  });

  it('takes the plan that it is given', async () => {
    const { toolstack, domains, uuid } = await running();
    await toolstack.saveDeviceModel('win', STATE);
    domains.clear();
    const plan = await toolstack.plan({ text: `${HVM}uuid = "${uuid}"\n` });
    expect(await toolstack.restoreDeviceModel('win', STATE, { plan })).toMatchObject({ uuid });
  });

  it('leaves the guest at rest where the new one does not come to run, and recovery tries again', async () => {
    const { toolstack, simulator, look } = await running();
    await toolstack.saveDeviceModel('win', STATE);
    simulator.faults.inject({ call: 'DeviceModels.start', refuse: 'ECHILD' });
    const failed = toolstack.restoreDeviceModel('win', STATE);
    await expect(failed).rejects.toMatchObject({
      code: 'DEVICE_MODEL_DIED',
      message: expect.stringContaining(`the domain rests on, and ${STATE} is to be kept`),
      data: { state: STATE },
      hint: expect.stringContaining('xen-image recover'),
    });
    expect(await look()).toMatchObject({ shutdownReason: 'suspend', deviceModels: [] });
    await expect(toolstack.restoreDeviceModel('win', STATE)).rejects.toMatchObject({ code: 'DOMAIN_BUSY' });
    // It has no device model to go on with, and that is no crash.
    await expect(toolstack.resume('win')).rejects.toMatchObject({ code: 'DOMAIN_BUSY' });
    expect(await toolstack.recover()).toMatchObject([
      { outcome: 'finished', entry: { operation: 'restore-device-model' } },
    ]);
    expect(await look()).toMatchObject({ deviceModels: [{ stopped: false }], journal: [] });
  });

  it('is over where the guest was destroyed meanwhile', async () => {
    const { toolstack, simulator, look } = await running();
    await toolstack.saveDeviceModel('win', STATE);
    simulator.faults.inject({ call: 'DeviceModels.start', refuse: 'ECHILD' });
    await expect(toolstack.restoreDeviceModel('win', STATE)).rejects.toBeDefined();
    await toolstack.destroy('win');
    expect(await toolstack.recover()).toMatchObject([{ outcome: 'undone' }]);
    expect((await look()).journal).toEqual([]);
  });

  it('ends the new device model where the guest was destroyed while it started', async () => {
    const { toolstack, simulator, look, domid } = await running();
    await toolstack.saveDeviceModel('win', STATE);
    const destroyed = async (): Promise<void> => {
      const other = new Operation(toolstack.registry);
      await other.get(DOMAINS).destroy(domid);
      await other.close();
    };
    simulator.faults.inject({ call: 'DeviceModels.start', after: destroyed });
    await expect(toolstack.restoreDeviceModel('win', STATE)).rejects.toMatchObject({
      code: 'DOMAIN_UNKNOWN',
      message: expect.not.stringContaining('rests'),
    });
    expect(await look()).toMatchObject({ deviceModels: [], journal: [] });
  });

  it('is refused where the device model begins from no file', async () => {
    const on = host();
    const text = HVM;
    await on.toolstack.create(await on.toolstack.plan({ text }), { attended: true });
    await on.toolstack.saveDeviceModel('win', STATE);
    const registered = on.toolstack.registry.dialect('qemu-xen');
    on.toolstack.registry.use(
      definePlugin({
        name: 'old',
        contract: 1,
        register: (context) => {
          context.dialect({ ...registered, readiness: 'process' }, { replaces: '@xen-image/dm-qemu' });
        },
      }),
    );
    await expect(on.toolstack.restoreDeviceModel('win', STATE)).rejects.toMatchObject({
      code: 'DEVICE_MODEL_STATE_UNSUPPORTED',
    });
  });
});

describe('a process that is killed while it saves or restores', () => {
  /** Kills the process at a call, and lets the next one recover. */
  const killedAt = async (call: string, work: 'save' | 'restore') => {
    const on = await running();
    const { toolstack, simulator, domid } = on;
    if (work === 'restore') await toolstack.saveDeviceModel(domid, STATE);
    const fault = { call, before: () => simulator.crash() };
    simulator.faults.inject(fault);
    void (work === 'save' ? toolstack.saveDeviceModel(domid, STATE) : toolstack.restoreDeviceModel(domid, STATE));
    await new Promise((resolve) => setTimeout(resolve, 20));
    simulator.faults.clear();
    return { ...on, recovered: await toolstack.recover() };
  };

  it.each(['Domains.shutdown', 'DeviceModels.save', 'Journal.update'])(
    'is undone at %s: the guest goes on',
    async (call) => {
      const { recovered, look } = await killedAt(call, 'save');
      expect(recovered).toMatchObject([{ outcome: 'undone', entry: { operation: 'save-device-model', state: STATE } }]);
      const { deviceModels, journal, shutdownReason } = await look();
      expect({ shutdownReason, stopped: deviceModels[0]?.stopped, journal }).toEqual({
        shutdownReason: null,
        stopped: false,
        journal: [],
      });
    },
  );

  it('has saved once that is in the journal: the guest rests', async () => {
    const { recovered, look } = await killedAt('Journal.close', 'save');
    expect(recovered).toMatchObject([{ outcome: 'finished' }]);
    expect(await look()).toMatchObject({ shutdownReason: 'suspend', deviceModels: [{ stopped: true }], journal: [] });
  });

  it.each(['DeviceModels.stop', 'DeviceModels.start', 'XenStore.resume', 'Domains.resume', 'Journal.close'])(
    'has its restore finished that was cut off at %s',
    async (call) => {
      const { recovered, look } = await killedAt(call, 'restore');
      expect(recovered).toMatchObject([{ outcome: 'finished', entry: { operation: 'restore-device-model' } }]);
      expect(await look()).toMatchObject({ shutdownReason: null, deviceModels: [{ stopped: false }], journal: [] });
    },
  );
});

describe('what cannot', () => {
  it('is said of device models that no plugin saves', async () => {
    const { toolstack } = await running();
    const port: DeviceModels = { start: () => Promise.reject(new Error()), stop: () => Promise.resolve() };
    toolstack.registry.use(
      definePlugin({
        name: 'poor',
        contract: 1,
        register: (context) => {
          context.port({ token: DEVICE_MODELS, create: () => port, replaces: 'watched-device-models/2' });
        },
      }),
    );
    await expect(toolstack.saveDeviceModel('win', STATE)).rejects.toMatchObject({
      code: 'DEVICE_MODEL_STATE_UNSUPPORTED',
    });
  });
});
