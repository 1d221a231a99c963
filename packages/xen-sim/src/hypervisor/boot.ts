import { randomUUID } from 'node:crypto';
import { FrameAllocator } from '../frames/frame-allocator.js';
import { FIRST_PID } from '../devicemodel/process.js';
import { domainCreated } from '../store/domains.js';
import { writeNode } from '../store/requests.js';
import { StoreTree } from '../store/tree.js';
import { framesIn } from '../units.js';
import { newDomain } from './create-domain.js';
import { emptyLog } from './domain-log.js';
import type { Machine } from './machine.js';
import type { MachineSettings } from './settings.js';

const NO_UUID = '00000000-0000-0000-0000-000000000000';
/** xenstored makes these before anybody asks for them. */
const FIRST_NODES = ['/tool', '/tool/xenstored', '/vm', '/local', '/local/domain', '/local/domain/0'];

/** A machine that has just booted: the hypervisor, domain 0, and an almost empty store. */
export function bootMachine(settings: MachineSettings, bootId = randomUUID() as string): Machine {
  const frames = new FrameAllocator();
  const xen = framesIn(settings.xenKib);
  const dom0 = framesIn(settings.dom0Kib);
  const free = framesIn(settings.memoryKib) - xen - dom0;
  if (free < 0) throw new TypeError('the hypervisor and domain 0 have more memory than the machine');
  frames.free({ start: xen + dom0, count: free });
  const machine: Machine = {
    settings,
    bootId,
    frames,
    scrubbing: [],
    held: [],
    claimedFrames: 0,
    domains: new Map(),
    domainLog: emptyLog(),
    lastDomid: 0,
    store: {
      tree: new StoreTree(),
      quotas: settings.storeQuotas,
      introduced: new Map(),
      lives: new Map(),
      special: new Map(),
    },
    processes: new Map(),
    lastPid: FIRST_PID - 1,
    journal: new Map(),
    posix: { fifos: new Map(), locks: new Map() },
    warnings: [],
  };
  addDomain0(machine, xen, dom0);
  addFirstNodes(machine);
  return machine;
}

function addDomain0(machine: Machine, mfn: number, frames: number): void {
  const spec = { uuid: NO_UUID, container: 'pv', hap: false, emulation: 'none' } as const;
  const maxVcpus = machine.settings.cpus;
  const incarnation = domainCreated(machine.store, 0);
  const dom0 = newDomain(0, { ...spec, maxVcpus }, incarnation, { structures: [], pool: [] });
  dom0.physmap.add(0, mfn, frames);
  dom0.maxFrames = frames;
  dom0.vcpus = maxVcpus;
  dom0.built = true;
  dom0.creationFinished = true;
  dom0.pauseCount = 0;
  machine.domains.set(0, dom0);
}

function addFirstNodes({ store }: Machine): void {
  const access = { store, source: store.tree, domid: 0 };
  for (const path of FIRST_NODES) writeNode(access, path, '');
  writeNode(access, '/tool/xenstored/domid', '0');
  writeNode(access, '/local/domain/0/name', 'Domain-0');
  writeNode(access, '/local/domain/0/domid', '0');
  store.tree.changes.length = 0;
}
