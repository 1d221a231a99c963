import type { GuestBlob } from '@xen-image/core/plugin';
import { RSDP_ADDRESS, TABLES_ADDRESS } from './layout.js';

/** Bytes of the header that every table but the RSDP begins with (ACPI 6.5, 5.2.6). */
const HEADER_BYTES = 36;
const RSDP_BYTES = 36;
const FADT_BYTES = 268;
const LAPIC_ENTRY_BYTES = 8;
/** The local APIC's registers, where every x86 has them. */
const LAPIC_ADDRESS = 0xfee00000;
/** No VGA, no CMOS clock: IA-PC boot architecture flags 2 and 5. */
const BOOT_ARCHITECTURE = (1 << 2) | (1 << 5);
/** Hardware-reduced ACPI: there are no power-management ports (flag 20). */
const HARDWARE_REDUCED = 1 << 20;
const MADT_VCPU_ENABLED = 1;

function putText(table: Uint8Array, at: number, text: string, length: number): void {
  table.set(new TextEncoder().encode(text.padEnd(length).slice(0, length)), at);
}

/** Makes the bytes of a range sum up to a multiple of 256. */
function checksummed(table: Uint8Array, at: number, length = table.length): Uint8Array {
  table[at] = 0;
  const sum = table.subarray(0, length).reduce((total, byte) => total + byte, 0);
  table[at] = (256 - (sum % 256)) % 256;
  return table;
}

/** A table of so many bytes with its header, for `fill` to complete. */
function table(
  signature: string,
  revision: number,
  bytes: number,
  fill: (view: DataView) => void = () => undefined,
): Uint8Array {
  const made = new Uint8Array(bytes);
  const view = new DataView(made.buffer);
  putText(made, 0, signature, 4);
  view.setUint32(4, bytes, true);
  made[8] = revision;
  putText(made, 10, 'XENIMG', 6);
  putText(made, 16, 'PVH', 8);
  view.setUint32(24, 1, true);
  putText(made, 28, 'XIMG', 4);
  view.setUint32(32, 1, true);
  fill(view);
  return checksummed(made, 9);
}

/** The differentiated system description: nothing to describe, a header alone. */
const dsdt = (): Uint8Array => table('DSDT', 2, HEADER_BYTES);

function fadt(dsdtAddress: number): Uint8Array {
  return table('FACP', 5, FADT_BYTES, (view) => {
    view.setUint32(40, dsdtAddress, true);
    view.setUint16(46, 9, true);
    view.setUint16(109, BOOT_ARCHITECTURE, true);
    view.setUint32(112, HARDWARE_REDUCED, true);
    view.setBigUint64(140, BigInt(dsdtAddress), true);
  });
}

/** The vcpus by their local APICs; Xen gives vcpu n the APIC id 2n. */
function madt(vcpus: number): Uint8Array {
  const first = HEADER_BYTES + 8;
  return table('APIC', 4, first + vcpus * LAPIC_ENTRY_BYTES, (view) => {
    view.setUint32(HEADER_BYTES, LAPIC_ADDRESS, true);
    for (let vcpu = 0; vcpu < vcpus; vcpu += 1) {
      const at = first + vcpu * LAPIC_ENTRY_BYTES;
      view.setUint8(at, 0);
      view.setUint8(at + 1, LAPIC_ENTRY_BYTES);
      view.setUint8(at + 2, vcpu);
      view.setUint8(at + 3, 2 * vcpu);
      view.setUint32(at + 4, MADT_VCPU_ENABLED, true);
    }
  });
}

function xsdt(addresses: readonly number[]): Uint8Array {
  return table('XSDT', 1, HEADER_BYTES + 8 * addresses.length, (view) => {
    addresses.forEach((address, index) => {
      view.setBigUint64(HEADER_BYTES + 8 * index, BigInt(address), true);
    });
  });
}

function rsdp(xsdtAddress: number): Uint8Array {
  const made = new Uint8Array(RSDP_BYTES);
  const view = new DataView(made.buffer);
  putText(made, 0, 'RSD PTR ', 8);
  putText(made, 9, 'XENIMG', 6);
  made[15] = 2;
  view.setUint32(20, RSDP_BYTES, true);
  view.setBigUint64(24, BigInt(xsdtAddress), true);
  // The first sum is of the part that ACPI 1.0 knew; the second is of all.
  return checksummed(checksummed(made, 8, 20), 32);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

/** Bytes of all tables of a guest with so many vcpus, the RSDP apart. */
export function tablesBytes(vcpus: number): number {
  return [HEADER_BYTES, FADT_BYTES, HEADER_BYTES + 8 + vcpus * LAPIC_ENTRY_BYTES, HEADER_BYTES + 2 * 8]
    .map(aligned)
    .reduce((total, bytes) => total + bytes, 0);
}

/**
 * The ACPI tables of a guest: the RSDP, then XSDT, DSDT, FADT and MADT as one blob. Linux boots one vcpu without any; with
 * several it needs the MADT.
 */
export function acpiTables(vcpus: number): readonly [rsdp: GuestBlob, tables: GuestBlob] {
  const tables = new Uint8Array(tablesBytes(vcpus));
  let next = aligned(HEADER_BYTES + 2 * 8);
  const place = (made: Uint8Array): number => {
    const at = next;
    tables.set(made, at);
    next += aligned(made.length);
    return TABLES_ADDRESS + at;
  };
  const fadtAddress = place(fadt(place(dsdt())));
  tables.set(xsdt([fadtAddress, place(madt(vcpus))]), 0);
  return [
    { data: rsdp(TABLES_ADDRESS), addressBytes: RSDP_ADDRESS },
    { data: tables, addressBytes: TABLES_ADDRESS },
  ];
}
