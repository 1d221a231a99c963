import type { Action, PermissionSpec, RecordFacts, StoreRoot, WriteStore } from '../contract/actions.js';
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

type Entries = readonly (readonly [string, StoreValue])[];

function write(root: StoreRoot, permissions: readonly PermissionSpec[], entries: Entries): WriteStore {
  return { ...inherit(root, entries), permissions };
}

/** Nodes that are new, so that they have the permissions of the node above without being told: half the requests. */
function inherit(root: StoreRoot, entries: Entries): WriteStore {
  return { kind: 'write-store', section: 'records', root, path: '', entries };
}

/** A new tree: what an earlier domain may have left there goes first, with its permissions. */
function tree(root: StoreRoot): WriteStore[] {
  return [inherit(root, [['', null]]), write(root, GUEST_READS, [['', '']])];
}

/** Nodes that a guest's own drivers write: libxl's list (tools/libs/light/libxl_create.c, domain_make). */
function guestNodes(hvm: boolean): Entries {
  const controls = ['shutdown', 'feature-poweroff', 'feature-reboot', 'feature-suspend', 'sysrq'];
  if (hvm) controls.push('feature-s3', 'feature-s4');
  return [
    ['device/suspend/event-channel', ''],
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
  const created: WriteStore[] = [
    ...tree('vm'),
    inherit('vm', [
      ['uuid', config.uuid],
      ['name', config.name],
    ]),
    ...tree('domain'),
    inherit('domain', [
      ['vm', `/vm/${config.uuid}`],
      ['name', config.name],
      ['cpu', ''],
      ['memory', ''],
      ['device', ''],
      ['control', ''],
      ['control/platform-feature-multiprocessor-suspend', '1'],
      ['control/platform-feature-xs_reset_watches', '1'],
      ...(emulated ? ([['hvmloader', '']] as const) : []),
    ]),
    write('domain', GUEST_OWNS, guestNodes(hvm)),
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
    ['console', ''],
    ['console/backend-id', '0'],
    ['console/limit', '1048576'],
    ['console/type', 'xenconsoled'],
    ['console/output', 'pty'],
    ['console/tty', ''],
    ['console/port', { ref: 'consolePort' }],
    ['console/ring-ref', { ref: 'consoleFrame' }],
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
      return [vmRecord(record, 'image/')];
    case 'clock':
      return [vmRecord(record, '')];
    default:
      return [];
  }
}

function vmRecord(record: RecordFacts, prefix: string): WriteStore {
  const entries = Object.entries(record.facts)
    .filter(([, value]) => value !== null)
    .map(([key, value]) => [`${prefix}${key}`, value] as const);
  return { ...write('vm', PRIVATE, entries), section: record.section };
}
