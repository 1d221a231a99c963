import { XenImageError, type DeviceModelStart, type RunningDeviceModel } from '@xen-image/core';
import { populate, noExtents } from '../builder/extents.js';
import { giveBack } from '../hypervisor/allocate.js';
import type { Domain } from '../hypervisor/domain.js';
import { allocateUnbound } from '../hypervisor/event-channels.js';
import type { Machine } from '../hypervisor/machine.js';
import { writeNode } from '../store/requests.js';
import { FRAME_BYTES, FRAMES_PER_MIB } from '../units.js';
import { understand, type UnderstoodArgs } from './argv.js';
import type { SimulatedProcess } from './process.js';

/** Pages of the video card's option ROM. */
const ROM_FRAMES = 16;
const LAST_DISPLAY = 99;

/** Starts a device model: it maps the guest, populates its video memory and says that it is ready. */
export function startProcess(machine: Machine, start: DeviceModelStart): RunningDeviceModel {
  const { domid } = start;
  const domain = machine.domains.get(domid);
  const died = (...said: string[]) => deviceModelError('DEVICE_MODEL_DIED', start, 'exited with status 1', said);
  if (domain === undefined || domain.dying) throw died(`xen be core: domain ${domid} does not exist`);
  if (machine.processes.has(domid)) throw died(`qemu: a device model of domain ${domid} runs already`);
  const understood = understand(start.args);
  const display = displayFor(machine, understood, died);
  // What the one before it populated is there still.
  const videoRamMib = start.restoreFrom === undefined ? understood.videoRamMib : 0;
  const ports = domain.spec.container === 'hvm' ? attach(machine, domain, { videoRamMib }, died) : [];
  machine.lastPid += 1;
  const process: SimulatedProcess = {
    pid: machine.lastPid,
    startTime: machine.lastPid,
    domid,
    name: start.name,
    program: start.program,
    args: [...start.args],
    ...(display === undefined ? {} : { vncDisplay: display }),
    ports,
    resumed: false,
  };
  machine.processes.set(domid, process);
  if (start.readiness === 'xenstore') {
    const { store } = machine;
    writeNode({ store, source: store.tree, domid: 0 }, `/local/domain/0/device-model/${domid}/state`, 'running');
  }
  return { pid: process.pid, ...(display === undefined ? {} : { vncDisplay: display }) };
}

/** The error of a device model that does not come to run. */
export function deviceModelError(
  code: string,
  { domid, name, program }: DeviceModelStart,
  what: string,
  said: readonly string[],
): XenImageError {
  return new XenImageError(code, `the device model ${program} of ${name} ${what}`, {
    phase: 'device-model',
    domain: { domid, name },
    said,
  });
}

/** Populates video memory above the guest's RAM and takes a channel for each vcpu and one for buffered requests. */
function attach(
  machine: Machine,
  domain: Domain,
  { videoRamMib }: Pick<UnderstoodArgs, 'videoRamMib'>,
  died: (...said: string[]) => XenImageError,
): number[] {
  const gfn = topOfRam(domain);
  const frames = videoRamMib === 0 ? 0 : videoRamMib * FRAMES_PER_MIB + ROM_FRAMES;
  if (populate({ machine, domain, counts: noExtents() }, gfn, '4k', frames) < frames) {
    giveBack(machine, domain.physmap.remove(gfn, frames));
    throw died(`xen: failed to populate ram at ${(gfn * FRAME_BYTES).toString(16)}`);
  }
  return Array.from({ length: domain.vcpus + 1 }, () => allocateUnbound(machine, domain.domid, 0));
}

/** The first frame behind the guest's RAM that nothing uses. */
function topOfRam(domain: Domain): number {
  const ram = (domain.memoryMap ?? []).filter(({ kind }) => kind === 'ram');
  const end = Math.max(0, ...ram.map(({ addressBytes, sizeBytes }) => addressBytes + sizeBytes));
  let gfn = Math.ceil(end / FRAME_BYTES);
  for (const run of domain.physmap.runs) if (run.gfn <= gfn && gfn < run.gfn + run.count) gfn = run.gfn + run.count;
  return gfn;
}

function displayFor(
  { processes }: Machine,
  { vnc }: UnderstoodArgs,
  died: (...said: string[]) => XenImageError,
): number | undefined {
  if (vnc === undefined) return undefined;
  const taken = new Set([...processes.values()].map((process) => process.vncDisplay));
  const last = vnc.findUnused ? Math.max(LAST_DISPLAY, vnc.display) : vnc.display;
  for (let display = vnc.display; display <= last; display += 1) if (!taken.has(display)) return display;
  throw died(`Failed to find an available port: Address already in use (VNC display ${vnc.display})`);
}
