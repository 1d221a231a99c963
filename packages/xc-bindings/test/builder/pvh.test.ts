import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ResolvedBuildSpec } from '@xen-image/core';
import type { KernelCache } from '../../src/builder/kernel-cache.js';
import { buildHvm } from '../../src/builder/hvm.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

const MIB = 1024 ** 2;

/** A PVH guest as a third party's handler describes it: a map, tables, and no device model. */
const PVH: ResolvedBuildSpec = {
  container: 'hvm',
  kernel: '/boot/vmlinuz',
  ramdisk: { value: '/boot/initrd', spelling: '/boot/initrd' },
  commandLine: 'console=hvc0',
  features: '',
  targetMib: 192,
  maximumMib: 256,
  extents: { value: 'best', spelling: 0 },
  vcpus: 2,
  memoryMap: [
    { addressBytes: 0, sizeBytes: 256 * MIB, kind: 'ram' },
    { addressBytes: 0xfeff8000, sizeBytes: 0x8000, kind: 'reserved' },
    { addressBytes: 0xfc000000, sizeBytes: 3, kind: 'acpi' },
  ],
  mmioHole: { startBytes: 0xfc000000, sizeBytes: 0x4000000 },
  acpi: [
    { data: new Uint8Array([1, 2, 3]), addressBytes: 0xfc000000 },
    { data: new Uint8Array([4, 5]), addressBytes: 0xfc001000 },
  ],
  channels: { store: 11, console: 12 },
};

describe('a PVH guest', () => {
  let recorder: Recorder;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());

  /** The calls of a build, and the image's fields before its last steps. */
  async function built(spec: ResolvedBuildSpec) {
    recorder.calls();
    const lines: string[] = [];
    let fields = '';
    const frame = Buffer.alloc(8);
    frame.writeUInt32LE(0xfefff);
    recorder.data('console_pfn', frame);
    const cache: KernelCache = {
      load: async (_, work) => {
        await work(Buffer.from('kernel'), false);
      },
    };
    const result = await buildHvm(recorder.xc, 7, spec, cache, () => {
      lines.push(...recorder.calls());
      fields = recorder.describeImage();
    });
    lines.push(...recorder.calls());
    const calls = lines.filter((line) => !line.startsWith('recorder_')).map((line) => line.split(' ')[0]);
    return {
      calls,
      lines,
      result,
      fields: Object.fromEntries([...fields.matchAll(/(\S+)=(\S+)/g)].map(([, key, value]) => [key, value])),
    };
  }

  it('is built by the same calls as an HVM guest, from its own kernel', async () => {
    const { calls, lines } = await built(PVH);
    expect(calls.filter((call) => call !== 'xc_dom_malloc')).toEqual([
      'xc_dom_allocate',
      'xc_dom_kernel_mem',
      'xc_dom_module_file',
      'xc_dom_boot_xen_init',
      'xc_dom_parse_image',
      'xc_dom_mem_init',
      'xc_dom_boot_mem_init',
      'xc_domain_set_memory_map',
      'xc_dom_build_image',
      'xc_dom_boot_image',
      'xc_dom_gnttab_init',
      'xc_dom_release',
    ]);
    expect(lines[0]).toContain("cmdline='console=hvc0'");
    expect(lines.find((line) => line.startsWith('xc_dom_mem_init'))).toContain('mib=256');
  });

  it('has the map that it is to have: RAM from the first byte, what is reserved, and its tables', async () => {
    const { lines } = await built(PVH);
    const map = '0+0x10000000:1 0xfeff8000+0x8000:2 0xfc000000+0x3:3';
    expect(lines.find((line) => line.startsWith('xc_domain_set_memory_map'))).toContain(map);
  });

  it('answers the pages of its rings', async () => {
    expect((await built(PVH)).result).toEqual({ storeFrame: 0xfeffc, consoleFrame: 0xfefff, notes: {} });
  });

  it('is an HVM container without emulator, firmware and VGA window, its second table where it is to be', async () => {
    const { fields } = await built(PVH);
    expect(fields).toMatchObject({
      container_type: '1',
      device_model: '0',
      vga_hole_size: '0',
      max_vcpus: '2',
      xenstore_evtchn: '11',
      console_evtchn: '12',
      target_pages: String(192 * 256),
      mmio_start: String(0xfc000000),
      mmio_size: String(0x4000000),
      lowmem_end: String(256 * MIB),
      highmem_end: '0',
      'firmware.length': '0',
      'acpi1.length': '2',
      'acpi1.at': String(0xfc001000),
      e820_entries: '3',
    });
  });

  it('has its RAM on both sides of the hole where it is larger, and the hole of its kind where none is told', async () => {
    const { mmioHole: _, ...bare } = PVH;
    const { fields } = await built({ ...bare, targetMib: 6144, maximumMib: 6144 });
    expect(fields).toMatchObject({
      mmio_start: String(0xfc000000),
      lowmem_end: String(0xfc000000),
      highmem_end: String(4 * 1024 ** 3 + (6144 - 4032) * MIB),
    });
  });

  it('cannot have more tables than there are places for', async () => {
    const blob = { data: new Uint8Array(1) };
    await expect(built({ ...PVH, acpi: [blob, blob, blob, blob, blob] })).rejects.toMatchObject({
      code: 'ACPI_TOO_MANY',
    });
  });
});
