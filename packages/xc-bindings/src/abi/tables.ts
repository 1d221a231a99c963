import type { AbiTable } from './table.js';
import { xen4_16 } from './tables/xen-4.16.js';
import { xen4_17 } from './tables/xen-4.17.js';
import { xen4_18 } from './tables/xen-4.18.js';
import { xen4_19 } from './tables/xen-4.19.js';
import { xen4_20 } from './tables/xen-4.20.js';
import { xen4_21 } from './tables/xen-4.21.js';
import { xen4_22 } from './tables/xen-4.22.js';

/** The ABI tables, oldest first. */
export const ABI_TABLES: readonly AbiTable[] = [xen4_16, xen4_17, xen4_18, xen4_19, xen4_20, xen4_21, xen4_22];

/** Versions whose table has been run: guests were created and destroyed with it on that hypervisor. */
export const TESTED_VERSIONS: ReadonlySet<string> = new Set(['4.17']);

/** The table of a version (`4.17`), if there is one. */
export function findAbiTable(version: string): AbiTable | undefined {
  return ABI_TABLES.find((table) => table.version === version);
}
