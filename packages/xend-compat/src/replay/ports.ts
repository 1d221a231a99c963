import {
  CPU_POLICY,
  DOMAIN_BUILDER,
  DOMAINS,
  HOST,
  HVM_PARAMS,
  HVM_PARAMS_PORT,
  MEMORY,
  XENSTORE,
  XenImageError,
  definePlugin,
  token,
  type BuildResult,
  type CpuidLeaf,
  type CpuidMasks,
  type CpuPolicy,
  type DomainBuilder,
  type Domains,
  type Host,
  type HvmParams,
  type Memory,
  type Plugin,
  type ResolvedBuildSpec,
  type XenStore,
} from '@xen-image/core/plugin';
import { hostFacts } from '../dictionary/host.js';
import type { Dict, Json } from '../dictionary/input.js';
import { isDict, toText } from '../dictionary/python.js';
import type { Recorder } from './recorder.js';

/** The recorder of the case under way: what all recording ports work on. */
export interface Desk {
  recorder: Recorder;
}

/** What only ia64 has; the handler package registers its own implementation under the same name. */
interface Ia64 {
  initNvram(domid: number, name: string): Promise<void>;
  setOsType(domid: number, osType: string): Promise<void>;
}

const IA64 = token<Ia64>('@xen-image/handler-ia64', 'Ia64');

/** A port of which only these methods are called while a case is replayed; any other is a defect and says so. */
function partly<T extends object>(name: string, methods: Partial<T>): T {
  const others = new Proxy(Object.prototype, {
    get(_, method) {
      throw new XenImageError('REPLAY_UNRECORDED', `${name}.${String(method)} has no place in a recorded case`);
    },
  });
  return Object.assign(Object.create(others), methods) as T;
}

/** What a port's method returns that has nothing left to wait for. */
const DONE = Promise.resolve();

/** What a piece of work answers or throws, as a promise. */
function answered<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

function builder(desk: Desk): DomainBuilder {
  return {
    build: (domid, spec) =>
      answered(() => {
        const { recorder } = desk;
        return buildResult(
          spec.container === 'pv'
            ? recorder.build('linux_build', linuxArguments(domid, spec))
            : recorder.build('hvm_build', hvmArguments(domid, spec)),
        );
      }),
  };
}

/** A build's answer as core knows it; one that is no dictionary is handed on in Python's words for it. */
function buildResult(answer: Json): BuildResult {
  if (!isDict(answer)) return toText(answer) as unknown as BuildResult;
  const { store_mfn: storeFrame, console_mfn: consoleFrame, notes } = answer as Record<string, unknown>;
  return {
    ...(storeFrame === undefined ? {} : { storeFrame: storeFrame as number }),
    ...(consoleFrame === undefined ? {} : { consoleFrame: consoleFrame as number }),
    ...(isDict(notes as Json) ? { notes: notes as Record<string, string | number> } : {}),
  };
}

function linuxArguments(domid: number, spec: ResolvedBuildSpec): Dict {
  return {
    domid,
    memsize: spec.targetMib,
    image: spec.kernel,
    store_evtchn: spec.channels.store,
    console_evtchn: spec.channels.console,
    cmdline: spec.commandLine,
    ramdisk: spec.ramdisk?.spelling ?? null,
    features: spec.features,
    flags: 0,
    vhpt: spec.vhpt ?? 0,
    superpages: spec.extents.spelling,
  };
}

function hvmArguments(domid: number, spec: ResolvedBuildSpec): Dict {
  return {
    domid,
    image: spec.kernel,
    memsize: spec.maximumMib,
    target: spec.targetMib,
    vcpus: spec.vcpus,
    acpi: Number(spec.hvmInfo?.acpi ?? false),
    apic: Number(spec.hvmInfo?.apic ?? false),
  };
}

function cpuPolicy(desk: Desk): CpuPolicy {
  const call = (method: string, args: readonly Json[], masks: CpuidLeaf['masks']) =>
    desk.recorder.call(method, args, masks) as CpuidMasks;
  return partly<CpuPolicy>('CpuPolicy', {
    apply: (domid) => tell(desk, 'domain_set_policy_cpuid', [domid]),
    set: (domid, { leaf, subleaf, masks }) =>
      answered(() => call('domain_set_cpuid', [domid, leaf, subleaf, masks as Dict], masks)),
    check: ({ leaf, subleaf, masks }) =>
      answered(() => call('domain_check_cpuid', [leaf, subleaf, masks as Dict], masks)),
  });
}

/** A call whose answer nobody needs. */
function tell(desk: Desk, method: string, args: readonly Json[]): Promise<void> {
  return answered(() => {
    desk.recorder.call(method, args);
  });
}

function hvmParams(desk: Desk): HvmParams {
  return {
    set: (domid, param, value) => tell(desk, 'hvm_set_param', [domid, HVM_PARAMS[param], value]),
    get: (domid, param) => answered(() => desk.recorder.call('hvm_get_param', [domid, HVM_PARAMS[param]]) as number),
  };
}

function host(desk: Desk): Host {
  return {
    facts: () =>
      answered(() => {
        const { arch, host: seen } = desk.recorder.script.input;
        return hostFacts(arch, seen);
      }),
    capabilities: () => answered(() => desk.recorder.capabilities()),
    pathKind: (path) => Promise.resolve(desk.recorder.script.pathKind(path)),
    removeFile: (path) =>
      answered(() => {
        desk.recorder.removeFile(path);
      }),
    warn: (message) => {
      desk.recorder.warn('', message);
    },
  };
}

function store(desk: Desk): XenStore {
  return partly<XenStore>('XenStore', {
    write(writes) {
      desk.recorder.write(writes);
      return DONE;
    },
    setPermissions(path, permissions) {
      desk.recorder.permissions(path, permissions);
      return DONE;
    },
  });
}

/** The driver of a replay: ports that do nothing but take down what they are told, and answer as the case says. */
export function recordingDriver(desk: Desk): Plugin {
  const domains = partly<Domains>('Domains', {
    setTimeOffset: (domid, offsetSeconds) => tell(desk, 'domain_set_time_offset', [domid, offsetSeconds]),
  });
  const memory = partly<Memory>('Memory', {
    setMemmapLimit: (domid, limitKib) => tell(desk, 'domain_set_memmap_limit', [domid, limitKib]),
  });
  const ia64: Ia64 = {
    initNvram: (domid, name) => tell(desk, 'nvram_init', [name, domid]),
    setOsType: (domid, osType) => tell(desk, 'set_os_type', [osType, domid]),
  };
  const ports = {
    store: store(desk),
    params: hvmParams(desk),
    policy: cpuPolicy(desk),
    builder: builder(desk),
    host: host(desk),
  };
  return definePlugin({
    name: '@xen-image/xend-compat/recorder',
    contract: 1,
    register(context) {
      context.port({ token: DOMAINS, create: () => domains });
      context.port({ token: MEMORY, create: () => memory });
      context.port({ token: XENSTORE, create: () => ports.store });
      context.port({ token: HVM_PARAMS_PORT, create: () => ports.params });
      context.port({ token: CPU_POLICY, create: () => ports.policy });
      context.port({ token: DOMAIN_BUILDER, create: () => ports.builder });
      context.port({ token: HOST, create: () => ports.host });
      context.port({ token: IA64, create: () => ia64 });
    },
  });
}
