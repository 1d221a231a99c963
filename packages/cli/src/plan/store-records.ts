import { storePath, storeRoot, STEPS, type Action, type ImagePlan } from '@xen-image/core';
import { visible } from '../output/visible.js';
import { shownPermissions, shownValue } from './values.js';

/** A node that creating the domain writes. */
export interface StoreRecord {
  readonly path: string;
  readonly value: string;
  /** As `n0,r<domid>`; empty where the node inherits its parent's. */
  readonly permissions: string;
}

/** All actions in the order in which they run. */
function inOrder({ records, actions }: ImagePlan): Action[] {
  return [...records.created, ...STEPS.flatMap((step) => actions[step]), ...records.built];
}

/**
 * The nodes that creating a domain leaves in xenstore, in the order in which they are first written: a later write of a
 * node, or of its permissions alone, shows in its row; a removed node and what is below it have none.
 */
export function storeRecords(plan: ImagePlan): StoreRecord[] {
  const rows = new Map<string, StoreRecord>();
  for (const action of inOrder(plan)) {
    if (action.kind !== 'write-store' && action.kind !== 'set-store-permissions') continue;
    const base = storePath(storeRoot(action.root, '<domid>', plan.config.uuid), action.path);
    const permissions = shownPermissions(action.permissions);
    if (action.kind === 'set-store-permissions') {
      const path = visible(base);
      rows.set(path, { path, value: rows.get(path)?.value ?? '', permissions });
      continue;
    }
    for (const [name, value] of action.entries) {
      const path = visible(storePath(base, name));
      if (value === null) remove(rows, path);
      else {
        const row = { path, value: shownValue(value), permissions };
        rows.set(path, permissions === '' ? { ...row, permissions: rows.get(path)?.permissions ?? '' } : row);
      }
    }
  }
  return [...rows.values()];
}

function remove(rows: Map<string, StoreRecord>, path: string): void {
  for (const present of rows.keys()) if (present === path || present.startsWith(`${path}/`)) rows.delete(present);
}
