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
  type HostFacts,
  type HvmParam,
  type HvmParams,
  type Memory,
  type PathKind,
  type Plugin,
  type ResolvedBuildSpec,
  type StorePermission,
  type StoreWrite,
  type Token,
  type XenStore,
} from '@xen-image/core/plugin';
import { hostFacts } from '../dictionary/host.js';
import type { Json } from '../dictionary/input.js';
import { buildResult, hvmArguments, linuxArguments } from './build-calls.js';
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

/** What a port's method returns that has nothing left to wait for. */
const DONE = Promise.resolve();

/** What a piece of work answers or throws, as a promise. */
function answered<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    resolve(work());
  });
}

/** What all recording ports have: a desk, and calls of the hypercall library. */
abstract class RecordingPort {
  constructor(protected readonly desk: Desk) {}

  /** A call whose answer nobody needs. */
  protected tell(method: string, args: readonly Json[]): Promise<void> {
    return answered(() => {
      this.desk.recorder.call(method, args);
    });
  }
}

class RecordingDomains extends RecordingPort implements Pick<Domains, 'setTimeOffset'> {
  setTimeOffset(domid: number, offsetSeconds: number): Promise<void> {
    return this.tell('domain_set_time_offset', [domid, offsetSeconds]);
  }
}

class RecordingMemory extends RecordingPort implements Pick<Memory, 'setMemmapLimit'> {
  setMemmapLimit(domid: number, limitKib: number): Promise<void> {
    return this.tell('domain_set_memmap_limit', [domid, limitKib]);
  }
}

class RecordingHvmParams extends RecordingPort implements HvmParams {
  set(domid: number, param: HvmParam, value: number): Promise<void> {
    return this.tell('hvm_set_param', [domid, HVM_PARAMS[param], value]);
  }

  get(domid: number, param: HvmParam): Promise<number> {
    return answered(() => this.desk.recorder.call('hvm_get_param', [domid, HVM_PARAMS[param]]) as number);
  }
}

class RecordingCpuPolicy extends RecordingPort implements Pick<CpuPolicy, 'apply' | 'set' | 'check'> {
  apply(domid: number): Promise<void> {
    return this.tell('domain_set_policy_cpuid', [domid]);
  }

  set(domid: number, { leaf, subleaf, masks }: CpuidLeaf): Promise<CpuidMasks> {
    return this.#ask('domain_set_cpuid', [domid, leaf, subleaf], masks);
  }

  check({ leaf, subleaf, masks }: CpuidLeaf): Promise<CpuidMasks> {
    return this.#ask('domain_check_cpuid', [leaf, subleaf], masks);
  }

  #ask(method: string, args: readonly Json[], masks: CpuidMasks): Promise<CpuidMasks> {
    const registers = masks as Readonly<Record<string, string>>;
    return answered(() => this.desk.recorder.call(method, [...args, registers], registers) as CpuidMasks);
  }
}

class RecordingBuilder extends RecordingPort implements DomainBuilder {
  build(domid: number, spec: ResolvedBuildSpec): Promise<BuildResult> {
    return answered(() => {
      const { recorder } = this.desk;
      return buildResult(
        spec.container === 'pv'
          ? recorder.build('linux_build', linuxArguments(domid, spec))
          : recorder.build('hvm_build', hvmArguments(domid, spec)),
      );
    });
  }
}

class RecordingHost extends RecordingPort implements Host {
  facts(): Promise<HostFacts> {
    const { arch, host } = this.desk.recorder.script.input;
    return Promise.resolve(hostFacts(arch, host));
  }

  capabilities(): Promise<string> {
    return answered(() => this.desk.recorder.capabilities());
  }

  pathKind(path: string): Promise<PathKind> {
    return Promise.resolve(this.desk.recorder.script.pathKind(path));
  }

  removeFile(path: string): Promise<void> {
    return answered(() => {
      this.desk.recorder.removeFile(path);
    });
  }

  warn(message: string): void {
    this.desk.recorder.warn('', message);
  }
}

class RecordingStore extends RecordingPort implements Pick<XenStore, 'write' | 'setPermissions'> {
  write(writes: readonly StoreWrite[]): Promise<void> {
    this.desk.recorder.write(writes);
    return DONE;
  }

  setPermissions(path: string, permissions: readonly StorePermission[]): Promise<void> {
    this.desk.recorder.permissions(path, permissions);
    return DONE;
  }
}

class RecordingIa64 extends RecordingPort implements Ia64 {
  initNvram(domid: number, name: string): Promise<void> {
    return this.tell('nvram_init', [name, domid]);
  }

  setOsType(domid: number, osType: string): Promise<void> {
    return this.tell('set_os_type', [osType, domid]);
  }
}

/** Stands behind all recording ports: a method that has no place in a recorded case says so when it is looked for. */
const UNRECORDED = new Proxy(Object.prototype, {
  get(_target, method) {
    throw new XenImageError('REPLAY_UNRECORDED', `${String(method)} has no place in a recorded case`);
  },
});
Object.setPrototypeOf(RecordingPort.prototype, UNRECORDED);

const PORTS: readonly (readonly [Token<unknown>, new (desk: Desk) => RecordingPort])[] = [
  [DOMAINS, RecordingDomains],
  [MEMORY, RecordingMemory],
  [XENSTORE, RecordingStore],
  [HVM_PARAMS_PORT, RecordingHvmParams],
  [CPU_POLICY, RecordingCpuPolicy],
  [DOMAIN_BUILDER, RecordingBuilder],
  [HOST, RecordingHost],
  [IA64, RecordingIa64],
];

/** The driver of a replay: ports that do nothing but take down what they are told, and answer as the case says. */
export function recordingDriver(desk: Desk): Plugin {
  return definePlugin({
    name: '@xen-image/xend-compat/recorder',
    contract: 1,
    register(context) {
      for (const [port, Port] of PORTS) {
        const instance = new Port(desk);
        context.port({ token: port, create: () => instance });
      }
    },
  });
}
