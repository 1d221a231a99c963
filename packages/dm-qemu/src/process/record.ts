import type { ProcessIdentity, StoreWrite, WatchedDeviceModel, XenStore } from '@xen-image/core';

/** Where the toolstack keeps what it must know to find device models again. Only domain 0 can read or write it. */
export const RECORDS = '/xen-image/device-model';

/** A device model as xenstore keeps it. */
export interface DeviceModelRecord {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string;
  /** The sentinel's path. */
  readonly sentinel: string;
  readonly logPath: string;
  readonly process: ProcessIdentity;
  /** The user it runs as, where it gave up the rights of root. */
  readonly uid?: number;
  /** Whether that user is its alone: whatever else runs as it goes with it. */
  readonly ownUser?: boolean;
}

const ONLY_DOM0 = [{ domid: 0, read: false, write: false }];

const recordNode = (domid: number): string => `${RECORDS}/${domid}`;
const imageNode = (domid: number, name: string): string => `/local/domain/${domid}/image/device-model-${name}`;

/** The directory that a device model of 2009 is commanded by, and in which every one tells its state. */
export function deviceModelDirectory(domid: number): string {
  return `/local/domain/0/device-model/${domid}`;
}

/** The domid of a record's node; `undefined` for any other path. */
export function domidOf(path: string): number | undefined {
  const match = /^\/xen-image\/device-model\/(\d{1,5})$/.exec(path);
  return match === null ? undefined : Number(match[1]);
}

/**
 * The nodes that say of a device model what a later process must know: the record, and the nodes that xend wrote and
 * other toolstacks read (`image/device-model-fifo`, `-pid`, and libxl's `-kill-uid`). The record's directory is domain 0's
 * alone, and the record with it.
 */
export function recordWrites(record: DeviceModelRecord): StoreWrite[] {
  const { domid, process, sentinel, uid, ownUser } = record;
  const image = {
    fifo: sentinel,
    pid: String(process.pid),
    // By it libxl ends what it left, where xl destroys the domain.
    ...(uid === undefined || ownUser !== true ? {} : { 'kill-uid': String(uid) }),
  };
  return [
    ...Object.entries(image).map(([name, value]) => ({ path: imageNode(domid, name), value, permissions: ONLY_DOM0 })),
    { path: recordNode(domid), value: JSON.stringify(record) },
  ];
}

function isIdentity(value: unknown): value is ProcessIdentity {
  const identity = value as Partial<ProcessIdentity> | null;
  return (
    typeof identity === 'object' &&
    Number.isInteger(identity?.pid) &&
    Number.isInteger(identity?.startTime) &&
    identity?.pid !== 1
  );
}

function parse(text: string, domid: number): DeviceModelRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const record = value as Partial<DeviceModelRecord> | null;
  const texts = [record?.uuid, record?.name, record?.sentinel, record?.logPath];
  if (record?.domid !== domid || texts.some((part) => typeof part !== 'string')) return undefined;
  const { uid } = record;
  if (uid !== undefined && !(Number.isInteger(uid) && uid > 0)) return undefined;
  return isIdentity(record.process) ? (record as DeviceModelRecord) : undefined;
}

/** What xenstore keeps of a domain's device model; `undefined` where it has none, or is being stopped. */
export async function readRecord(store: XenStore, domid: number): Promise<DeviceModelRecord | undefined> {
  const text = await store.read(recordNode(domid));
  return text === undefined ? undefined : parse(text, domid);
}

/** The records of all device models. */
export async function readRecords(store: XenStore): Promise<DeviceModelRecord[]> {
  const names = (await store.list(RECORDS)) ?? [];
  const domids = names.map((name) => domidOf(`${RECORDS}/${name}`)).filter((domid) => domid !== undefined);
  const records = await Promise.all(domids.map((domid) => readRecord(store, domid)));
  return records.filter((record) => record !== undefined);
}

/** Says that the device model is to end: its end is nobody's failure from then on. */
export async function removeRecord(store: XenStore, domid: number): Promise<void> {
  await store.remove(recordNode(domid));
}

/** Removes the other nodes of a device model that is gone, and its directory. */
export async function removeNodes(store: XenStore, domid: number): Promise<void> {
  await store.remove(deviceModelDirectory(domid));
  for (const name of ['pid', 'fifo', 'kill-uid']) await store.remove(imageNode(domid, name));
}

/** Where libxl tells a domain's VNC port, and `xl vncviewer` looks for it. */
export function vncPortWrite(domid: number, display: number): StoreWrite {
  return { path: `/local/domain/${domid}/console/vnc-port`, value: String(5900 + display), permissions: ONLY_DOM0 };
}

/** What events say of a device model. */
export function modelOf({ domid, uuid, name, process, logPath }: DeviceModelRecord): WatchedDeviceModel {
  return { domid, uuid, name, pid: process.pid, logPath };
}
