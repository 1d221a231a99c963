import type {
  Action,
  DomainConfig,
  DomainRecords,
  PermissionSpec,
  RecordContext,
  StoreRoot,
  StoreValue,
} from '@xen-image/core/plugin';

const DOMID = { ref: 'domid' } as const;
/** Owner domain 0, the guest reads. */
const GUEST_READS: readonly PermissionSpec[] = [
  { domid: 0, read: false, write: false },
  { domid: DOMID, read: true, write: false },
];
/** The guest owns the node, and may do with it as it likes. */
const GUEST_OWNS: readonly PermissionSpec[] = [{ domid: DOMID, read: false, write: false }];
/** The guest reads and writes: what xend gave it on its device model's directory. */
const GUEST_WRITES: readonly PermissionSpec[] = [
  { domid: 0, read: false, write: false },
  { domid: DOMID, read: true, write: true },
];

const SECTION = 'records';
/** The most that xenconsoled keeps of a console's output: xend-config's `console-limit`, in KiB. */
const CONSOLE_LIMIT_KIB = 1024;

const REMOVED: DomainRecords['remove'] = [
  { root: 'domain', path: '' },
  { root: 'device-model', path: '' },
  { root: 'vm', path: '' },
];

type Entry = readonly [string, StoreValue];

function write(root: StoreRoot, entries: readonly Entry[], permissions?: readonly PermissionSpec[]): Action {
  const action = { kind: 'write-store', section: SECTION, root, path: '', entries } as const;
  return permissions === undefined ? action : { ...action, permissions };
}

/** Directories that xend left to the guest; two of them are what Solaris guests use. */
const GUEST_DIRECTORIES: readonly Entry[] = ['device', 'control', 'error', 'memory', 'guest', 'hvmpv'].map((name) => [
  name,
  '',
]);

/** What xend kept of the VM below `/vm/UUID`, by the names of its legacy keys. */
function vmEntries({ name, uuid, vcpus, memory, onShutdown }: DomainConfig): Entry[] {
  return [
    ['uuid', uuid],
    ['name', name],
    ['vcpus', String(vcpus.maximum)],
    ['vcpu_avail', String(2n ** BigInt(vcpus.online) - 1n)],
    ['shadow_memory', String(Math.ceil(memory.shadowKib / 1024))],
    ['on_poweroff', onShutdown.poweroff],
    ['on_reboot', onShutdown.reboot],
    ['on_crash', onShutdown.crash],
    ['on_xend_start', 'ignore'],
    ['on_xend_stop', 'ignore'],
    ['start_time', { ref: 'startTime' }],
    ['xend/restart_count', '0'],
  ];
}

/** What xend kept of the domain below `/local/domain/DOMID`; nothing of it for the guest but what it inherits. */
function domainEntries({ config }: RecordContext): Entry[] {
  const entries: Entry[] = [
    ['domid', DOMID],
    ['vm', `/vm/${config.uuid}`],
    ['name', config.name],
    ['console/limit', String(CONSOLE_LIMIT_KIB * 1024)],
    ['memory/target', String(config.memory.targetKib)],
    ['console/port', { ref: 'consolePort' }],
    ['console/type', config.deviceModel.program === null ? 'xenconsoled' : 'ioemu'],
    ['store/port', { ref: 'storePort' }],
    ['store/ring-ref', { ref: 'storeFrame' }],
  ];
  if (config.arch === 'x86') entries.push(['control/platform-feature-multiprocessor-suspend', '1']);
  for (let vcpu = 0; vcpu < config.vcpus.maximum; vcpu++) {
    entries.push([`cpu/${vcpu}/availability`, vcpu < config.vcpus.online ? 'online' : 'offline']);
  }
  return entries;
}

/** The records of one domain, made when they are looked at: a plan that is only compared has no use for them. */
class XendDomainRecords implements DomainRecords {
  readonly remove = REMOVED;
  readonly #context: RecordContext;

  constructor(context: RecordContext) {
    this.#context = context;
  }

  get created(): readonly Action[] {
    const { uuid, deviceModel } = this.#context.config;
    return [
      write('domain', [['', '']], GUEST_READS),
      write('domain', [['vm', `/vm/${uuid}`]]),
      write('domain', GUEST_DIRECTORIES, GUEST_OWNS),
      ...(deviceModel.program === null ? [] : [write('device-model', [['', '']], GUEST_WRITES)]),
    ];
  }

  get built(): readonly Action[] {
    return [
      write('vm', vmEntries(this.#context.config)),
      { kind: 'set-store-permissions', section: SECTION, root: 'vm', path: 'uuid', permissions: GUEST_READS },
      write('domain', domainEntries(this.#context)),
    ];
  }

  get introduced(): readonly Action[] {
    const { supports } = this.#context;
    return supports.container === 'pv' ? [write('domain', [['console/ring-ref', { ref: 'consoleFrame' }]])] : [];
  }

  toJSON(): DomainRecords {
    const { created, built, introduced, remove } = this;
    return { created, built, introduced, remove };
  }
}

/**
 * The records that xend kept of every domain (tools/python/xen/xend/XendDomainInfo.py at the changeset of the recording):
 * the guest owns six directories, reads its own tree and its UUID, and reads and writes its device model's directory.
 */
export function xendDomainRecords(context: RecordContext): DomainRecords {
  return new XendDomainRecords(context);
}
