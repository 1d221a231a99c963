import { deviceModelArgs, type DeviceModelArg, type DeviceModelArgs } from '@xen-image/core/plugin';

/** A PC with these arguments in its sections. */
export function pc(sections: Partial<DeviceModelArgs> = {}): DeviceModelArgs {
  return deviceModelArgs({
    identity: [{ arg: 'domain-name', name: 'guest7' }],
    machine: [{ arg: 'machine', machine: 'fv', platformPci: true }],
    restore: [{ arg: 'restore' }],
    ...sections,
  });
}

/** A server of paravirtual devices with these arguments in its sections. */
export function pv(sections: Partial<DeviceModelArgs> = {}): DeviceModelArgs {
  return pc({ machine: [{ arg: 'machine', machine: 'pv', platformPci: false }], restore: [], ...sections });
}

/** An emulated interface. */
export function nic(change: Partial<Extract<DeviceModelArg, { arg: 'nic' }>> = {}): DeviceModelArg {
  return {
    arg: 'nic',
    index: 0,
    devid: 0,
    mac: '00:16:3e:00:00:01',
    model: 'rtl8139',
    bridge: 'xenbr0',
    script: null,
    ...change,
  };
}

/** A VNC server. */
export function vnc(change: Partial<Extract<DeviceModelArg, { arg: 'vnc' }>> = {}): DeviceModelArg {
  return { arg: 'vnc', listen: '127.0.0.1', display: 1, password: false, findUnused: false, tls: null, ...change };
}

/** An emulated disk. */
export function disk(change: Partial<Extract<DeviceModelArg, { arg: 'disk' }>> = {}): DeviceModelArg {
  return {
    arg: 'disk',
    target: '/srv/d.img',
    format: 'raw',
    vdev: 'hda',
    readOnly: false,
    cdrom: false,
    ...change,
  };
}
