import type {
  Action,
  PermissionSpec,
  RecordFacts,
  SetStorePermissions,
  StoreRoot,
  WriteStore,
} from '../contract/actions.js';
import type { DomainRecords, RecordContext } from '../contract/profile.js';
import type { StoreValue } from '../contract/values.js';

const GUEST = { ref: 'domid' } as const;

/** Owner domain 0, nobody else: the guest cannot even read. */
const PRIVATE: readonly PermissionSpec[] = [{ domid: 0, read: false, write: false }];
/** Owner domain 0, the guest reads. */
const GUEST_READS: readonly PermissionSpec[] = [
  { domid: 0, read: false, write: false },
  { domid: GUEST, read: true, write: false },
];
/** The guest owns the node. */
const GUEST_OWNS: readonly PermissionSpec[] = [{ domid: GUEST, read: false, write: false }];

/** Below `/vm/UUID`: what the image is, for operators. */
const IMAGE = 'image';

type Entries = readonly (readonly [string, StoreValue])[];

function write(root: StoreRoot, permissions: readonly PermissionSpec[], entries: Entries): WriteStore {
  return { ...inherit(root, entries), permissions };
}

/** Nodes that are new, so that they have the permissions of the node above without being told: half the requests. */
function inherit(root: StoreRoot, entries: Entries): WriteStore {
  return { kind: 'write-store', section: 'records', root, path: '', entries };
}

/** A new tree: what an earlier domain may have left there goes first, with its permissions. */
function tree(root: StoreRoot, permissions: readonly PermissionSpec[]): WriteStore[] {
  return [inherit(root, [['', null]]), write(root, permissions, [['', '']])];
}

function readable(path: string): SetStorePermissions {
  return { kind: 'set-store-permissions', section: 'records', root: 'domain', path, permissions: GUEST_READS };
}

/**
 * A domain's tree up to the nodes that are the guest's. They inherit that from the directories above them, which the
 * guest can only read once the nodes are made: a request for each directory in place of one for each node. The domain
 * does not run before. `device` and what is in it comes after its home is readable: there is one node to be given away
 * in place of two directories to be taken back.
 */
function guestTree(hvm: boolean): Action[] {
  return [
    ...tree('domain', GUEST_OWNS),
    inherit('domain', guestNodes(hvm)),
    readable('control'),
    readable(''),
    write('domain', GUEST_OWNS, [['device/suspend/event-channel', '']]),
  ];
}

/** Nodes that a guest's own drivers write: libxl's list (tools/libs/light/libxl_create.c, domain_make). */
function guestNodes(hvm: boolean): Entries {
  const controls = ['shutdown', 'feature-poweroff', 'feature-reboot', 'feature-suspend', 'sysrq'];
  if (hvm) controls.push('feature-s3', 'feature-s4');
  return [
    ...controls.map((name) => [`control/${name}`, ''] as const),
    ['data', ''],
    ['drivers', ''],
    ['feature', ''],
    ['attr', ''],
    ['error', ''],
  ];
}

/** Memory that a guest's balloon driver aims at: the target less the video RAM that is not the guest's to give. */
function balloonTargetKib({ config, supports }: RecordContext, videoKib: number): number {
  const { targetKib, maximumKib } = config.memory;
  const slackKib = supports.container === 'hvm' && maximumKib > targetKib ? 1024 : 0;
  return targetKib - videoKib - slackKib;
}

/** The tree of a new domain, with the least that its guest must be able to read and write. */
export function modernDomainRecords(context: RecordContext): DomainRecords {
  const { config, supports } = context;
  const hvm = supports.container === 'hvm';
  const emulated = hvm && supports.deviceModel;
  const videoKib = emulated ? config.platform.videoRamMib.value * 1024 : 0;
  const created: Action[] = [
    ...tree('vm', GUEST_READS),
    inherit('vm', [
      ['uuid', config.uuid],
      ['name', config.name],
    ]),
    write('vm', PRIVATE, [[IMAGE, '']]),
    ...guestTree(hvm),
    inherit('domain', [
      ['vm', `/vm/${config.uuid}`],
      ['name', config.name],
      ['control/platform-feature-multiprocessor-suspend', '1'],
      ['control/platform-feature-xs_reset_watches', '1'],
    ]),
  ];
  const built: WriteStore[] = [
    inherit('domain', [
      ['memory/static-max', String(config.memory.maximumKib)],
      ['memory/target', String(balloonTargetKib(context, videoKib))],
      ['memory/videoram', String(videoKib)],
      ['domid', GUEST],
      ['store/port', { ref: 'storePort' }],
      ['store/ring-ref', { ref: 'storeFrame' }],
      ...vcpuEntries(config.vcpus.maximum, config.vcpus.online),
    ]),
    inherit('domain', consoleEntries()),
    ...(emulated ? [inherit('domain', firmwareEntries(context))] : []),
    write('vm', PRIVATE, [['start_time', { ref: 'startTime' }]]),
  ];
  return {
    created,
    built,
    introduced: [inherit('domain', [['console/ring-ref', { ref: 'consoleFrame' }]])],
    remove: [
      { root: 'domain', path: '' },
      { root: 'device-model', path: '' },
      { root: 'vm', path: '' },
    ],
  };
}

function vcpuEntries(maximum: number, online: number): [string, StoreValue][] {
  return Array.from({ length: maximum }, (_, vcpu) => [
    `cpu/${vcpu}/availability`,
    vcpu < online ? 'online' : 'offline',
  ]);
}

function consoleEntries(): Entries {
  return [
    ['console/backend-id', '0'],
    ['console/limit', '1048576'],
    ['console/type', 'xenconsoled'],
    ['console/output', 'pty'],
    ['console/tty', ''],
    ['console/port', { ref: 'consolePort' }],
  ];
}

/** What hvmloader reads; without `hvmloader/bios` it looks for a BIOS that is no longer built. */
function firmwareEntries({ config }: RecordContext): Entries {
  const { acpi } = config.platform;
  return [
    ['hvmloader/bios', config.boot.firmware?.kind ?? 'seabios'],
    ['hvmloader/allow-memory-relocate', '0'],
    ['platform/acpi', acpi ? '1' : '0'],
    ['platform/acpi_s3', '1'],
    ['platform/acpi_s4', '1'],
    ['platform/acpi_laptop_slate', '0'],
    ['platform/device-model', 'qemu_xen'],
  ];
}

/** What a handler's facts become: the image's description for operators; nothing that holds a secret. */
export function modernRecords(record: RecordFacts): readonly Action[] {
  switch (record.group) {
    case 'image':
      // Its directory is private, and new with the domain: so are the nodes in it.
      return [{ ...inherit('vm', entriesOf(record, `${IMAGE}/`)), section: record.section }];
    case 'clock':
      return [{ ...write('vm', PRIVATE, entriesOf(record, '')), section: record.section }];
    default:
      return [];
  }
}

function entriesOf({ facts }: RecordFacts, prefix: string): Entries {
  return Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [`${prefix}${key}`, value] as const);
}
