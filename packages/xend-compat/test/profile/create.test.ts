import { describe, expect, it } from '@jest/globals';
import { isXenImageError, Toolstack, type PlanOptions } from '@xen-image/core';
import { openSimulator } from '@xen-image/xen-sim';
import { hostFacts } from '../../src/dictionary/host.js';
import { xendProfilePlugin } from '../../src/profile/plugin.js';
import { pv } from '../support/guest.js';
import { PLUGINS } from '../support/plugins.js';

const UUID = '6b1e5c1e-0f0d-4d0a-9c3b-2f6f0c8a1d01';
const PV = 'name = "web"\nmemory = 64\nkernel = "/boot/vmlinuz"\nroot = "/dev/xvda1"\n';
const HVM =
  'name = "win"\nbuilder = "hvm"\nmemory = 128\nloader = "/boot/hvmloader"\nvnc = 1\nvncpasswd = "secret"\n' +
  'vif = ["mac=00:16:3e:00:00:01"]\n';

/** A toolstack of the `xend` profile on a simulated host with the Xen of its time. */
function host(arch: string) {
  const simulator = openSimulator({
    host: { arch, version: '3.4', memoryKib: 1024 * 1024, dom0Kib: 256 * 1024 },
    files: { '/boot/vmlinuz': 'file', '/boot/hvmloader': 'file', '/usr/lib/xen/bin/qemu-dm': 'file' },
  });
  const toolstack = new Toolstack({
    plugins: [xendProfilePlugin, ...PLUGINS, simulator.plugin, simulator.ia64Plugin],
    profile: 'xend',
  });
  const facts = hostFacts(arch, pv().host);
  const plan = (text: string, options: PlanOptions = {}) =>
    toolstack.plan({ text, arch, uuid: UUID }, { host: facts, ...options });
  return { simulator, toolstack, plan };
}

describe('a guest made as xend made it', () => {
  it.each([
    ['x86', 'PV', PV],
    ['x86', 'HVM', HVM],
    ['ia64', 'PV', PV],
    ['ia64', 'HVM', HVM],
  ])('on %s, %s, runs, and leaves nothing when it goes', async (arch, _kind, text) => {
    const { simulator, toolstack, plan } = host(arch);
    const planned = await plan(text);
    await toolstack.create(planned);
    await toolstack.destroy(planned.config.name);
    const before = await simulator.inspect();
    const { domid } = await toolstack.create(planned);
    expect((await simulator.inspect()).domains.map((domain) => domain.domid)).toContain(domid);
    await toolstack.destroy(domid);
    const after = await simulator.inspect();
    expect(after.memory).toEqual(before.memory);
    expect(after.store).toEqual(before.store);
    simulator.close();
  });

  it('has its records and their permissions in xenstore', async () => {
    const { simulator, toolstack, plan } = host('x86');
    const { domid } = await toolstack.create(await plan(HVM));
    const { store } = await simulator.inspect();
    expect(store[`/vm/${UUID}/vncpasswd`]).toEqual({ value: 'secret', permissions: ['n0', `r${domid}`] });
    expect(store[`/local/domain/0/device-model/${domid}`]?.permissions).toEqual(['n0', `b${domid}`]);
    expect(store[`/local/domain/0/device-model/${domid}/disable_pf`]?.value).toBe('0');
    expect(store[`/vm/${UUID}/image/dmargs`]?.value).toContain(
      '-domain-name win -videoram 4 -vnc 127.0.0.1:0,password',
    );
    expect(store[`/local/domain/${domid}/device`]?.permissions).toEqual([`n${domid}`]);
    expect(store[`/local/domain/${domid}/store/ring-ref`]?.value).toMatch(/^\d+$/);
    simulator.close();
  });

  it('has a device model with pipes to block-tap, in the directory that the guest may write to', async () => {
    const { simulator, toolstack, plan } = host('x86');
    const starts: unknown[] = [];
    simulator.faults.inject({
      call: 'DeviceModels.start',
      before: ({ args }) => {
        starts.push(args[0]);
      },
    });
    await toolstack.create(await plan(HVM));
    expect(starts).toMatchObject([{ tapPipes: true, hasDirectory: true, readiness: 'process' }]);
    simulator.close();
  });

  it('is refused before anything is taken where its dictionary would fail later', async () => {
    const { simulator, toolstack, plan } = host('x86');
    const before = await simulator.inspect();
    const error: unknown = await toolstack.create(await plan(`${HVM}apic = "on"\n`)).catch((thrown: unknown) => thrown);
    expect(isXenImageError(error) ? error.code : error).toBe('XEND_CONFIG_VALUE');
    expect(await simulator.inspect()).toEqual(before);
    simulator.close();
  });
});
