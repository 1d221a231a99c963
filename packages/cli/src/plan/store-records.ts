import { storePath, storeRoot, STEPS, type Action, type ImagePlan, type StoreRoot } from '@xen-image/core';
import { visible } from '../output/visible.js';
import { shownPermissions, shownValue } from './values.js';

/** A node that creating the domain writes. */
export interface StoreRecord {
  /** Below its tree; empty for the tree's own node. */
  readonly path: string;
  readonly value: string;
  /** As `n0,r<domid>`; empty where the node inherits those of one that is there already. */
  readonly permissions: string;
}

/** The nodes below one place. */
export interface StoreTree {
  /** `/vm/<uuid>`, `/local/domain/<domid>`, its device model's directory, or empty for the root. */
  readonly root: string;
  readonly records: readonly StoreRecord[];
}

const ROOTS: readonly StoreRoot[] = ['vm', 'domain', 'device-model', 'absolute'];

/** All actions in the order in which they run. */
function inOrder({ records, actions }: ImagePlan): Action[] {
  return [...records.created, ...STEPS.flatMap((step) => actions[step]), ...records.built, ...records.introduced];
}

/**
 * The nodes that creating a domain leaves in xenstore, by place, in the order in which they are first written. A later
 * write of a node, or of its permissions alone, shows in its row; a removed node and what is below it have none.
 */
export function storeTrees(plan: ImagePlan): StoreTree[] {
  const trees = new Map(ROOTS.map((root) => [root, new Map<string, StoreRecord>()]));
  for (const action of inOrder(plan)) {
    if (action.kind !== 'write-store' && action.kind !== 'set-store-permissions') continue;
    const rows = trees.get(action.root);
    if (rows === undefined) continue;
    const permissions = shownPermissions(action.permissions);
    if (action.kind === 'set-store-permissions') {
      const path = below(action.path);
      rows.set(path, { path, value: rows.get(path)?.value ?? '', permissions });
      continue;
    }
    for (const [name, value] of action.entries) {
      const path = below(action.path, name);
      if (value === null) remove(rows, path);
      else rows.set(path, { path, value: shownValue(value), permissions: permissions || inherited(rows, path) });
    }
  }
  return [...trees]
    .map(([root, rows]) => ({ root: storeRoot(root, '<domid>', plan.config.uuid), records: [...rows.values()] }))
    .filter(({ records }) => records.length > 0);
}

function below(...parts: readonly string[]): string {
  return visible(storePath('', ...parts)).slice(1);
}

/** A node that is written again keeps its permissions; a new one has those of the nearest node above it. */
function inherited(rows: ReadonlyMap<string, StoreRecord>, path: string): string {
  const present = rows.get(path)?.permissions;
  if (present !== undefined || path === '') return present ?? '';
  return inherited(rows, path.slice(0, Math.max(0, path.lastIndexOf('/'))));
}

function remove(rows: Map<string, StoreRecord>, path: string): void {
  const above = path === '' ? '' : `${path}/`;
  for (const present of rows.keys()) if (present === path || present.startsWith(above)) rows.delete(present);
}
