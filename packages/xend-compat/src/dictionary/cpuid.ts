import type { CpuidLeaf } from '@xen-image/core/plugin';
import type { Draft } from './draft.js';
import type { CpuidMap, Dict, Json } from './input.js';
import { isDict, toLong } from './python.js';
import { notAnInt, wrongType } from './refused.js';

/** Leaves to set and leaves to check, each in key order. What is wrong leaves those before it read. */
export function readCpuid(vmConfig: Dict, draft: Draft): void {
  readLeaves(vmConfig['cpuid'], 'cpuid', draft.cpuidSet);
  readLeaves(vmConfig['cpuid_check'], 'cpuid_check', draft.cpuidCheck);
}

function readLeaves(map: Json | undefined, name: string, into: CpuidLeaf[]): void {
  if (map === undefined || map === null) return;
  if (!isDict(map)) throw wrongType(name, map, 'a dictionary of leaves');
  for (const key of Object.keys(map)) into.push(leaf(key, map[key], name));
}

/** A key is `leaf` or `leaf,subleaf`; with a third part the sub-leaf does not count. */
function leaf(key: string, masks: Json | undefined, name: string): CpuidLeaf {
  const parts = key.split(',');
  const number = part(key, parts[0] ?? '', name);
  const subleaf = parts.length === 2 ? part(key, parts[1] ?? '', name) : null;
  if (!areMasks(masks)) throw wrongType(`${name} ${key}`, masks, 'a dictionary of register masks');
  return { key, leaf: number, subleaf, masks };
}

function part(key: string, text: string, name: string): number {
  const number = toLong(text);
  if (typeof number !== 'number') throw notAnInt(`a part of the ${name} key ${key}`, text, number);
  if (!Number.isSafeInteger(number)) throw wrongType(`the ${name} key`, key, 'a leaf of 32 bits');
  return number;
}

function areMasks(masks: Json | undefined): masks is Readonly<Record<string, string>> {
  if (!isDict(masks)) return false;
  for (const register in masks) if (typeof masks[register] !== 'string') return false;
  return true;
}

/** The map as it was configured, for a handler that never looks at it. */
export function configuredMap(map: Json | undefined): CpuidMap | undefined {
  return map === undefined || map === null ? undefined : (map as CpuidMap);
}
