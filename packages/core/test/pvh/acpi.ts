import type { GuestBlob } from '../../src/plugin.js';

const RSDP_LENGTH = 36;
const HEADER_LENGTH = 36;
/** Where a PVH guest's tables stand: behind the page of ACPI information, as libxl has them. */
const TABLES_ADDRESS = 0xfc001000;
const RSDP_ADDRESS = 0xfc002000;

/** Makes the bytes of a table sum up to zero. */
function checksummed(table: Uint8Array, at: number, length = table.length): Uint8Array {
  table[at] = 0;
  const sum = table.subarray(0, length).reduce((total, byte) => total + byte, 0);
  table[at] = (256 - (sum % 256)) % 256;
  return table;
}

/** An extended system description table that names no other table. */
function xsdt(): Uint8Array {
  const table = new Uint8Array(HEADER_LENGTH);
  const view = new DataView(table.buffer);
  table.set(new TextEncoder().encode('XSDT'));
  view.setUint32(4, table.length, true);
  table[8] = 1;
  return checksummed(table, 9);
}

function rsdp(): Uint8Array {
  const table = new Uint8Array(RSDP_LENGTH);
  const view = new DataView(table.buffer);
  table.set(new TextEncoder().encode('RSD PTR '));
  table[15] = 2;
  view.setUint32(20, RSDP_LENGTH, true);
  view.setBigUint64(24, BigInt(TABLES_ADDRESS), true);
  return checksummed(checksummed(table, 8, 20), 32);
}

/** The least ACPI that a guest of one vcpu takes: the pointer, and an empty table of tables. */
export function leastAcpi(): readonly GuestBlob[] {
  return [
    { data: rsdp(), addressBytes: RSDP_ADDRESS },
    { data: xsdt(), addressBytes: TABLES_ADDRESS },
  ];
}
