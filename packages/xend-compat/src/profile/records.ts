import type {
  Action,
  PermissionSpec,
  RecordFacts,
  SetStorePermissions,
  StoreRoot,
  StoreValue,
  WriteStore,
} from '@xen-image/core/plugin';

/** Owner domain 0, the guest reads: what xend's xenstore library made of `{ dom: N, read: true }`. */
const GUEST_READS: readonly PermissionSpec[] = [
  { domid: 0, read: false, write: false },
  { domid: { ref: 'domid' }, read: true, write: false },
];

type Entry = readonly [string, StoreValue];

function write(record: RecordFacts, root: StoreRoot, prefix: string): WriteStore {
  const { facts } = record;
  const entries: Entry[] = [];
  for (const key of Object.keys(facts)) entries.push([prefix + key, facts[key] ?? null]);
  return { kind: 'write-store', section: record.section, root, path: '', entries };
}

function guestReads({ section }: RecordFacts, path: string): SetStorePermissions {
  return { kind: 'set-store-permissions', section, root: 'vm', path, permissions: GUEST_READS };
}

/** What xend wrote of a handler's facts, and which nodes it let the guest read. */
export function xendRecords(record: RecordFacts): readonly Action[] {
  switch (record.group) {
    case 'image':
      return [write(record, 'vm', 'image/'), guestReads(record, 'image/cmdline')];
    case 'password':
      return [write(record, 'vm', ''), guestReads(record, 'vncpasswd')];
    case 'device-model':
      return [write(record, 'vm', 'image/'), guestReads(record, 'image/dmargs')];
    case 'clock':
      return [write(record, 'vm', ''), guestReads(record, 'rtc/timeoffset')];
    case 'power-management':
    case 'platform-device':
      return [write(record, 'device-model', '')];
    default:
      return [];
  }
}
