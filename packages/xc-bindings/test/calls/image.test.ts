import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { writeStruct } from '../../src/abi/struct.js';
import * as calls from '../../src/calls/image.js';
import { createRecorder, type Recorder } from '../support/recorder.js';

describe('the domain builder', () => {
  let recorder: Recorder;
  let image: calls.DomImage;
  beforeAll(async () => {
    recorder = await createRecorder();
  });
  afterAll(() => recorder.remove());
  beforeEach(async () => {
    image = await calls.allocateImage(recorder.xc, 'console=hvc0 quiet', '');
  });
  afterEach(async () => {
    await image.release();
    recorder.calls();
  });

  it('begins with a command line and features, and ends once', async () => {
    expect(recorder.calls()).toEqual(["xc_dom_allocate xch=1 cmdline='console=hvc0 quiet' features=''"]);
    await image.release();
    await image.release();
    expect(recorder.calls()).toEqual(['xc_dom_release image=1']);
    expect(() => image.get('console_pfn')).toThrow(TypeError);
    expect(() => {
      image.set('flags', 0);
    }).toThrow(TypeError);
    expect(() => image.getNumbers('console_pfn')).toThrow(TypeError);
    expect(() => {
      image.setAll({ flags: 0 });
    }).toThrow(TypeError);
  });

  it('has several fields read and written at once, and those between them left as they are', () => {
    image.set('console_evtchn', 5);
    image.setAll({ container_type: 1, max_vcpus: 2, flags: 3n });
    image.setAll({ xenstore_evtchn: 4 });
    const fields = ['container_type', 'max_vcpus', 'flags', 'console_evtchn', 'xenstore_evtchn'] as const;
    expect(image.getNumbers(...fields)).toEqual({
      container_type: 1,
      max_vcpus: 2,
      flags: 3,
      console_evtchn: 5,
      xenstore_evtchn: 4,
    });
    expect(fields.map((field) => image.getNumber(field))).toEqual([1, 2, 3, 5, 4]);
    expect(() => {
      image.setAll({ max_vcpus: 1n << 32n });
    }).toThrow(RangeError);
  });

  it('makes each call with its arguments', async () => {
    recorder.calls();
    const { xc } = recorder;
    await calls.setKernelFile(xc, image, '/boot/vmlinuz größer');
    await calls.setKernelMemory(xc, image, Buffer.from([0x7f, 0x45, 0x4c, 0x46]));
    await calls.addModuleFile(xc, image, '/boot/initrd', null);
    await calls.addModuleFile(xc, image, '/boot/module', 'quiet');
    await calls.addModuleMemory(xc, image, Buffer.from([1, 2]), 'x=y');
    await calls.tieToDomain(xc, image, 7);
    await calls.setImageMemory(xc, image, 192);
    const steps = ['parse_image', 'compat_check', 'boot_mem_init', 'build_image', 'boot_image', 'gnttab_init'] as const;
    for (const step of steps) await calls.buildStep(xc, 7, image, `xc_dom_${step}`);
    expect(recorder.calls()).toEqual([
      "xc_dom_kernel_file image=1 file='/boot/vmlinuz größer'",
      'xc_dom_kernel_mem image=1 mem=7f454c46',
      "xc_dom_module_file image=1 file='/boot/initrd' cmdline=NULL",
      "xc_dom_module_file image=1 file='/boot/module' cmdline='quiet'",
      "xc_dom_module_mem image=1 mem=0102 cmdline='x=y'",
      'xc_dom_boot_xen_init image=1 xch=1 domid=7',
      'xc_dom_mem_init image=1 mib=192',
      ...steps.map((step) => `xc_dom_${step} image=1`),
    ]);
  });

  it('sets fields where C reads them, and nothing beside them', () => {
    const { firmwareModule } = recorder.xc.abi.structs;
    image.set('container_type', 1);
    image.set('max_vcpus', 2);
    image.set('console_evtchn', 0xdead_beef);
    image.set('xenstore_evtchn', 4);
    image.set('console_domid', 5);
    image.set('xenstore_domid', 6);
    image.set('claim_enabled', 1);
    image.set('flags', (1n << 63n) | 1n);
    image.set('target_pages', 47_104);
    image.set('mmio_start', 0xf000_0000);
    image.set('mmio_size', 0x1000_0000);
    image.set('lowmem_end', 0xb80_0000n);
    image.set('highmem_end', 1n << 40n);
    image.set('vga_hole_size', 0x20);
    image.set('device_model', true);
    image.set('pv_p2m', 0x1234_5678_9abc_def0n);
    image.set('p2m_size', 49_152);
    image.set(
      'system_firmware_module',
      writeStruct(firmwareModule, { data: 0x1000n, length: 262_144, guest_addr_out: 3 }),
    );
    image.setBytes('acpi_modules', writeStruct(firmwareModule, { data: 0x2000n, length: 64 }), firmwareModule.size);
    image.set('e820', 0x3000n);
    image.set('e820_entries', 9);
    expect(recorder.describeImage()).toBe(
      'recorder_describe_image container_type=1 max_vcpus=2 console_evtchn=3735928559 xenstore_evtchn=4 ' +
        'console_domid=5 xenstore_domid=6 claim_enabled=1 flags=9223372036854775809 ' +
        'target_pages=47104 mmio_start=4026531840 mmio_size=268435456 lowmem_end=192937984 highmem_end=1099511627776 ' +
        'vga_hole_size=32 device_model=1 pv_p2m=1311768467463790320 p2m_size=49152 ' +
        'firmware.data=4096 firmware.length=262144 firmware.at=3 ' +
        'acpi1.data=8192 acpi1.length=64 acpi1.at=0 ' +
        'e820=12288 e820_entries=9',
    );
  });

  it('reads fields', () => {
    expect(image.get('console_pfn')).toBe(0x1111_2222_3333_4444n);
    expect(image.getNumber('xenstore_pfn')).toBe(0xfeffc);
    expect(image.getNumber('total_pages')).toBe(512);
    expect(() => image.getNumber('console_pfn')).toThrow(expect.objectContaining({ code: 'XEN_ANSWER_INVALID' }));
  });

  it('refuses values and bytes that would run into the next field', () => {
    expect(() => {
      image.set('max_vcpus', 2 ** 32);
    }).toThrow(RangeError);
    expect(() => {
      image.set('device_model', 256);
    }).toThrow(RangeError);
    expect(() => {
      image.set('target_pages', -1);
    }).toThrow(RangeError);
    expect(() => {
      image.setBytes('acpi_modules', Buffer.alloc(24), 80);
    }).toThrow(RangeError);
    expect(() => {
      image.set('e820', Buffer.alloc(9));
    }).toThrow(RangeError);
  });

  it('copies bytes into memory of the image', async () => {
    recorder.calls();
    const address = await calls.copyIntoImage(recorder.xc, image, Buffer.from('firmware'));
    expect(recorder.xc.foreign.memory.readString(address)).toBe('firmware');
    expect(recorder.calls()).toEqual(['xc_dom_malloc image=1 size=8']);
    recorder.script('xc_dom_malloc', -1, 12);
    await expect(calls.allocateInImage(recorder.xc, image, 1)).rejects.toMatchObject({ call: 'xc_dom_malloc' });
  });

  it('tells the notes of the kernel', async () => {
    expect(await calls.imageNotes(recorder.xc, image)).toEqual({
      virtBase: 0xffff_ffff_8000_0000n,
      virtEntry: 0xffff_ffff_8000_0001n,
      virtHypercall: 0xffff_ffff_8000_0002n,
      guestOs: 'linux',
    });
    expect(await calls.imageFeature(recorder.xc, image, 15)).toBe(true);
    expect(await calls.imageFeature(recorder.xc, image, 14)).toBe(false);
  });

  it('hands on the panic of the builder', async () => {
    const said = "xc: error: panic: xg_dom_boot.c:119: xc_dom_boot_mem_init: can't allocate low memory: Out of memory";
    recorder.script('xc_dom_boot_mem_init', -1, 12, said);
    await expect(calls.buildStep(recorder.xc, 7, image, 'xc_dom_boot_mem_init')).rejects.toMatchObject({
      code: 'HYPERVISOR_CALL_FAILED',
      call: 'xc_dom_boot_mem_init',
      errno: 'ENOMEM',
      domain: { domid: 7 },
      said: [said.replace('error: ', '')],
    });
  });

  it('fails by name when there is no memory for an image', async () => {
    recorder.script('xc_dom_allocate', -1, 12);
    await expect(calls.allocateImage(recorder.xc, '', '')).rejects.toMatchObject({
      call: 'xc_dom_allocate',
      errno: 'ENOMEM',
    });
  });
});
