import type { Permissions } from '../store/node.js';
import { parsePermissions, spellPermissions } from '../store/permissions.js';
import type { StoreQuotas } from '../store/quotas.js';
import type { Introduction, StoreState } from '../store/state.js';
import { StoreTree, type StoredNode } from '../store/tree.js';

/** A node in a file: path, value (one character a byte), number of its permissions, generations. */
type NodeData = readonly [
  path: string,
  value: string,
  permissions: number,
  generation: number,
  childrenGeneration: number,
];

/** A store in a file. */
export interface StoreData {
  readonly generation: number;
  /** Lists of permissions that nodes have, as on the wire. */
  readonly permissions: readonly string[];
  readonly nodes: readonly NodeData[];
  readonly quotas: StoreQuotas;
  readonly introduced: readonly (readonly [number, Introduction])[];
  readonly lives: readonly (readonly [number, number])[];
  readonly special: readonly (readonly [string, string])[];
}

/** The form for a file. */
export function storeData({ tree, quotas, introduced, lives, special }: StoreState): StoreData {
  const spellings = new Map<Permissions, string>();
  const numbers = new Map<string, number>();
  const numberOf = (permissions: Permissions): number => {
    const spelling = spellings.get(permissions) ?? spellPermissions(permissions);
    spellings.set(permissions, spelling);
    const number = numbers.get(spelling) ?? numbers.size;
    numbers.set(spelling, number);
    return number;
  };
  const nodes = [...tree.stored()].map(({ path, value, permissions, generation, childrenGeneration }): NodeData => [
    path,
    value,
    numberOf(permissions),
    generation,
    childrenGeneration,
  ]);
  return {
    generation: tree.generation,
    permissions: [...numbers.keys()],
    nodes,
    quotas,
    introduced: [...introduced],
    lives: [...lives],
    special: [...special].map(([path, permissions]) => [path, spellPermissions(permissions)] as const),
  };
}

/** Reads the form for a file. */
export function storeFrom(data: StoreData): StoreState {
  const permissions = data.permissions.map(parsePermissions);
  const nodes = data.nodes.map(([path, value, number, generation, childrenGeneration]): StoredNode => {
    return { path, value, permissions: permissions[number] ?? [], generation, childrenGeneration };
  });
  return {
    tree: StoreTree.from(nodes, data.generation),
    quotas: data.quotas,
    introduced: new Map(data.introduced),
    lives: new Map(data.lives),
    special: new Map(data.special.map(([path, spelling]) => [path, parsePermissions(spelling)])),
  };
}
