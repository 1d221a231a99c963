import {
  CPU_POLICY,
  DEVICE_MODELS,
  DOMAIN_BUILDER,
  DOMAINS,
  EVENT_CHANNELS,
  HOST,
  HVM_PARAMS_PORT,
  JOURNAL,
  MEMORY,
  POSIX,
  spelled,
  XENSTORE,
  type DomainSpec,
  type Plugin,
  type PluginContext,
  type PortRegistration,
  type ResolvedBuildSpec,
  type Token,
} from '@xen-image/core';
import { openSimulator, type Simulator, type SimulatorOptions } from '../../src/index.js';

/** The ports that a plugin registers, each made once. */
export function portsOf(plugin: Plugin): <T>(token: Token<T>) => T {
  const made = new Map<symbol, unknown>();
  const context = {
    port: ({ token, create }: PortRegistration<unknown>) => {
      const scope = { get: portNeverAskedFor, onClose: () => undefined };
      made.set(token, create(scope));
    },
  };
  plugin.register(context as unknown as PluginContext);
  return <T>(token: Token<T>) => made.get(token) as T;
}

function portNeverAskedFor(): never {
  throw new Error('ports of the simulator need no other ports');
}

/** All ports of a simulator by name. */
export function drive(simulator: Simulator) {
  const port = portsOf(simulator.plugin);
  return {
    domains: port(DOMAINS),
    memory: port(MEMORY),
    channels: port(EVENT_CHANNELS),
    params: port(HVM_PARAMS_PORT),
    cpu: port(CPU_POLICY),
    builder: port(DOMAIN_BUILDER),
    store: port(XENSTORE),
    models: port(DEVICE_MODELS),
    posix: port(POSIX),
    host: port(HOST),
    journal: port(JOURNAL),
  };
}

/** A host with everything that tests need, in memory; its one kernel is `/kernel`. */
export function newHost(options: SimulatorOptions = {}) {
  const simulator = openSimulator({ files: { '/kernel': 'file', '/loader': 'file', '/qemu': 'file' }, ...options });
  return { simulator, ...drive(simulator) };
}

export type TestHost = ReturnType<typeof newHost>;

let uuids = 0;

/** A domain to be created. */
export function domainSpec(change: Partial<DomainSpec> = {}): DomainSpec {
  uuids += 1;
  const uuid = `00000000-0000-4000-8000-${uuids.toString(16).padStart(12, '0')}`;
  return { uuid, container: 'pv', hap: false, emulation: 'none', maxVcpus: 1, ...change };
}

/** An HVM domain to be created. */
export function hvmSpec(change: Partial<DomainSpec> = {}): DomainSpec {
  return domainSpec({ container: 'hvm', hap: true, emulation: 'hvm', ...change });
}

/** A build of a PV guest. */
export function pvBuild(targetMib: number, change: Partial<ResolvedBuildSpec> = {}): ResolvedBuildSpec {
  return {
    container: 'pv',
    kernel: '/kernel',
    commandLine: '',
    features: '',
    targetMib,
    maximumMib: targetMib,
    extents: spelled('best'),
    vcpus: 1,
    channels: { store: 1, console: 2 },
    ...change,
  };
}

/** A build of an HVM guest with a device model: `targetMib` is what the builder populates, video memory left out. */
export function hvmBuild(targetMib: number, change: Partial<ResolvedBuildSpec> = {}): ResolvedBuildSpec {
  return pvBuild(targetMib, { container: 'hvm', kernel: '/loader', deviceModel: true, vgaHole: true, ...change });
}

/** Creates a domain with vcpus, a limit and its two channels. */
export async function prepare(host: TestHost, spec: DomainSpec, maxMemoryKib: number): Promise<number> {
  const domid = await host.domains.create(spec);
  await host.domains.setMaxVcpus(domid, spec.maxVcpus);
  await host.memory.setMaxMemory(domid, maxMemoryKib);
  await host.channels.allocateUnbound(domid, 0);
  await host.channels.allocateUnbound(domid, 0);
  return domid;
}

/** Creates and builds a PV guest. */
export async function buildGuest(host: TestHost, targetMib = 64): Promise<number> {
  const domid = await prepare(host, domainSpec(), targetMib * 1024);
  await host.builder.build(domid, pvBuild(targetMib));
  return domid;
}
