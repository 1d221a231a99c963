import type { HvmInfo } from '@xen-image/core';
import { readNumber, writeField } from '../abi/struct.js';
import { mapFrames } from '../calls/foreign-memory.js';
import type { XcHandle } from '../library/handle.js';

/** The page and the place in it where hvmloader looks (xen/include/public/hvm/hvm_info_table.h). */
const HVM_INFO_PFN = 0x9f;
const HVM_INFO_OFFSET = 0x800;

/** The byte that makes the sum of the table's bytes a multiple of 256. */
export function checksumByte(table: Buffer): number {
  return (256 - (table.reduce((sum, byte) => sum + byte, 0) % 256)) % 256;
}

/** One bit a vcpu that is there. */
export function onlineBitmap(vcpus: number, bytes: number): Buffer {
  const bitmap = Buffer.alloc(bytes);
  for (let vcpu = 0; vcpu < Math.min(vcpus, bytes * 8); vcpu++) {
    bitmap[vcpu >> 3] = (bitmap[vcpu >> 3] ?? 0) | (1 << (vcpu & 7));
  }
  return bitmap;
}

/** Tells hvmloader of the vcpus and the APIC: the builder leaves one vcpu there. */
export async function writeHvmInfo(xc: XcHandle, domid: number, info: HvmInfo): Promise<void> {
  const layout = xc.abi.structs.hvmInfoTable;
  const page = await mapFrames(xc, domid, [HVM_INFO_PFN], 'write');
  try {
    const table = Buffer.from(page.read(HVM_INFO_OFFSET, layout.size));
    const length = readNumber(layout, table, 'length');
    writeField(layout, table, 'apic_mode', info.apic);
    writeField(layout, table, 'nr_vcpus', info.vcpus);
    writeField(layout, table, 'vcpu_online', onlineBitmap(info.vcpus, layout.fields.vcpu_online[1]));
    writeField(layout, table, 'checksum', 0);
    writeField(layout, table, 'checksum', checksumByte(table.subarray(0, length)));
    page.write(HVM_INFO_OFFSET, table);
  } finally {
    await page.unmap();
  }
}
