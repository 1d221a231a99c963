import { bytesToInteger, fieldBytes, readNumber, toNumber, writeField, type FieldValue } from '../abi/struct.js';
import type { ImageField } from '../abi/table.js';
import { errorLines, xcError } from '../library/errors.js';
import type { IntegerCallName, XcArguments, XcHandle } from '../library/handle.js';

/**
 * A `struct xc_dom_image`: the domain builder's idea of a guest under construction.
 *
 * The library has no functions to set most of it: fields are read and set in place, where the ABI table says they are.
 */
export interface DomImage {
  readonly address: bigint;
  /** An integer or pointer field. */
  get(field: ImageField): bigint;
  /** As {@link DomImage.get}, for what is small enough. */
  getNumber(field: ImageField): number;
  set(field: ImageField, value: FieldValue): void;
  /** As {@link DomImage.getNumber}, for several fields that are read at once. */
  getNumbers<F extends ImageField>(...fields: readonly F[]): Readonly<Record<F, number>>;
  /** As {@link DomImage.set}, for several fields that are written at once. */
  setAll(values: Readonly<Partial<Record<ImageField, FieldValue>>>): void;
  /** Sets bytes of a field that is a struct or an array, from `offset` within it. */
  setBytes(field: ImageField, bytes: Buffer, offset?: number): void;
  /** Keeps a Buffer that the image points into until it is released. */
  keep(buffer: Buffer): void;
  /** Frees it and what was allocated in it. A second call does nothing. */
  release(): Promise<void>;
}

/**
 * Begins an image: `xc_dom_allocate`.
 * @param features - required features as libxenguest spells them; empty for none
 */
export async function allocateImage(xc: XcHandle, commandLine: string, features: string): Promise<DomImage> {
  const made = await xc.invoke('xc_dom_allocate', xc.pointer, commandLine, features);
  if (made.result === 0n) {
    throw xcError({ call: 'xc_dom_allocate', result: -1, errno: made.errno, said: errorLines(made.lines) });
  }
  return domImage(xc, made.result);
}

function domImage(xc: XcHandle, address: bigint): DomImage {
  const { fields } = xc.abi.structs.image;
  const { memory } = xc.foreign;
  let kept: Buffer[] = [];
  let released = false;
  const place = (field: ImageField): readonly [at: bigint, size: number] => {
    if (released) throw new TypeError('the image was released');
    const [offset, size] = fields[field];
    return [address + BigInt(offset), size];
  };
  const get = (field: ImageField): bigint => bytesToInteger(memory.read(...place(field)));
  /** The part of the struct that has these fields, and where it begins. */
  const part = (names: readonly ImageField[]): { readonly begin: number; readonly bytes: Buffer } => {
    if (released) throw new TypeError('the image was released');
    const begin = Math.min(...names.map((name) => fields[name][0]));
    const end = Math.max(...names.map((name) => fields[name][0] + fields[name][1]));
    return { begin, bytes: memory.read(address + BigInt(begin), end - begin) };
  };
  return {
    address,
    get,
    getNumber: (field) => toNumber(get(field)),
    set(field, value) {
      memory.write(place(field)[0], fieldBytes(field, fields[field], value));
    },
    getNumbers<F extends ImageField>(...names: readonly F[]) {
      const { begin, bytes } = part(names);
      const numbers = names.map((name) => [name, readNumber(xc.abi.structs.image, bytes, name, -begin)]);
      return Object.fromEntries(numbers) as Record<F, number>;
    },
    setAll(values) {
      const { begin, bytes } = part(Object.keys(values) as ImageField[]);
      for (const [name, value] of Object.entries(values)) {
        writeField(xc.abi.structs.image, bytes, name as ImageField, value, -begin);
      }
      memory.write(address + BigInt(begin), bytes);
    },
    setBytes(field, bytes, offset = 0) {
      const [at, size] = place(field);
      if (offset < 0 || offset + bytes.length > size) {
        throw new RangeError(
          `${String(bytes.length)} bytes at ${String(offset)} do not fit ${field} (${String(size)})`,
        );
      }
      memory.write(at + BigInt(offset), bytes);
    },
    keep(buffer) {
      kept.push(buffer);
    },
    async release() {
      if (released) return;
      released = true;
      await xc.invoke('xc_dom_release', address);
      kept = [];
    },
  };
}

/** Calls of the builder that take the image alone, in the order of a build. */
export type BuildStep = Extract<
  IntegerCallName,
  | 'xc_dom_parse_image'
  | 'xc_dom_compat_check'
  | 'xc_dom_boot_mem_init'
  | 'xc_dom_build_image'
  | 'xc_dom_boot_image'
  | 'xc_dom_gnttab_init'
>;

/** Does a step of a build; its error carries what libxenguest said. */
export async function buildStep(xc: XcHandle, domid: number, image: DomImage, step: BuildStep): Promise<void> {
  await xc.require(step, { domid }, ...([image.address] as XcArguments<BuildStep>));
}

/**
 * Parses a kernel that was given by {@link setKernelMemory}: `xc_dom_parse_image` then reads headers and notes alone, which are in
 * memory, and is quick.
 */
export async function parseUnpacked(xc: XcHandle, domid: number, image: DomImage): Promise<void> {
  await xc.requireNow('xc_dom_parse_image', { domid }, image.address);
}

/** Names the kernel's file, which is read in whole: `xc_dom_kernel_file`. */
export async function setKernelFile(xc: XcHandle, image: DomImage, path: string): Promise<void> {
  await xc.require('xc_dom_kernel_file', undefined, image.address, path);
}

/** Gives an unpacked kernel as memory, which must not change before the image is released: `xc_dom_kernel_mem`. */
export async function setKernelMemory(xc: XcHandle, image: DomImage, kernel: Buffer): Promise<void> {
  image.keep(kernel);
  await xc.requireNow('xc_dom_kernel_mem', undefined, image.address, kernel, kernel.length);
}

/** Adds a file beside the kernel; the first is the ramdisk: `xc_dom_module_file`. */
export async function addModuleFile(
  xc: XcHandle,
  image: DomImage,
  path: string,
  commandLine: string | null,
): Promise<void> {
  await xc.require('xc_dom_module_file', undefined, image.address, path, commandLine);
}

/** As {@link addModuleFile}, as memory, which must not change before the image is released: `xc_dom_module_mem`. */
export async function addModuleMemory(
  xc: XcHandle,
  image: DomImage,
  module: Buffer,
  commandLine: string | null,
): Promise<void> {
  image.keep(module);
  await xc.require('xc_dom_module_mem', undefined, image.address, module, module.length, commandLine);
}

/** Ties the image to a domain: `xc_dom_boot_xen_init`. */
export async function tieToDomain(xc: XcHandle, image: DomImage, domid: number): Promise<void> {
  await xc.require('xc_dom_boot_xen_init', { domid }, image.address, xc.pointer, domid);
}

/** Says how much memory the guest gets: `xc_dom_mem_init`. */
export async function setImageMemory(xc: XcHandle, image: DomImage, memoryMib: number): Promise<void> {
  await xc.require('xc_dom_mem_init', undefined, image.address, memoryMib);
}

/** Zeroed memory that is freed with the image: `xc_dom_malloc`. */
export async function allocateInImage(xc: XcHandle, image: DomImage, bytes: number): Promise<bigint> {
  const made = await xc.invoke('xc_dom_malloc', image.address, bytes);
  if (made.result !== 0n) return made.result;
  throw xcError({ call: 'xc_dom_malloc', result: -1, errno: made.errno, said: errorLines(made.lines) });
}

/** Copies bytes into memory that is freed with the image, and answers where. */
export async function copyIntoImage(xc: XcHandle, image: DomImage, bytes: Buffer): Promise<bigint> {
  const address = await allocateInImage(xc, image, bytes.length);
  xc.foreign.memory.write(address, bytes);
  return address;
}

/** What the kernel's notes say, once it was parsed; a kernel that is no PV kernel leaves most of it empty. */
export interface ImageNotes {
  readonly virtBase: bigint;
  readonly virtEntry: bigint;
  readonly virtHypercall: bigint;
  /** `linux` */
  readonly guestOs: string | null;
}

/** What the kernel's notes say: `xc_dom_virt_base`, `_entry`, `_hypercall`, `xc_dom_guest_os`. */
export async function imageNotes(xc: XcHandle, image: DomImage): Promise<ImageNotes> {
  return {
    virtBase: (await xc.invoke('xc_dom_virt_base', image.address)).result,
    virtEntry: (await xc.invoke('xc_dom_virt_entry', image.address)).result,
    virtHypercall: (await xc.invoke('xc_dom_virt_hypercall', image.address)).result,
    guestOs: await imageGuestOs(xc, image),
  };
}

/** What a parsed kernel says it is, such as `linux`; `null` where its notes do not say: `xc_dom_guest_os`. */
export async function imageGuestOs(xc: XcHandle, image: DomImage): Promise<string | null> {
  return (await xc.invoke('xc_dom_guest_os', image.address)).result;
}

/** Whether the kernel's notes have a feature (xen/include/public/features.h): `xc_dom_feature_get`. */
export async function imageFeature(xc: XcHandle, image: DomImage, feature: number): Promise<boolean> {
  return (await xc.invoke('xc_dom_feature_get', image.address, feature)).result;
}
