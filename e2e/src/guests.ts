/** What guests boot from, as files of dom0: kernels under `/boot`, and the ramdisk whose `init` tells what it sees. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rootFs } from './cpio.js';
import { DISK_KEY, writeGuestDisk } from './disk.js';
import { exec } from './exec.js';
import { compile } from './native.js';
import { CACHE_DIR, E2E_DIR, keyOf, pruneCache } from './paths.js';
import { treeCommand, type Tree } from './packages.js';

/** Guest files: path in dom0 → file of this machine. */
export type GuestFiles = ReadonlyMap<string, string>;

/**
 * Makes what is not in the cache.
 *
 * - `/boot/vmlinuz`: Debian's kernel as packaged (bzImage, xz)
 * - `/boot/vmlinux`: the same, unpacked (ELF)
 * - `/boot/guest.img`: the ramdisk, gzip
 * - `/boot/guest-disk.img`: an IDE disk with both, which SYSLINUX boots
 * - `/boot/grub-pv`, `/boot/grub-pvh`: GRUB's small kernels, 64-bit PV and 32-bit PVH
 */
export async function guestFiles(tree: Tree): Promise<GuestFiles> {
  const kernel = join(tree.root, 'boot', `vmlinuz-${tree.kernel}`);
  const ramdisk = await guestRamdisk(tree);
  const disk = await cached(`disk-${keyOf(DISK_KEY, basename(ramdisk))}.img`, (file) =>
    writeGuestDisk(tree, file, kernel, ramdisk),
  );
  return new Map([
    ['/boot/vmlinuz', kernel],
    ['/boot/vmlinux', await unpackedKernel(tree)],
    ['/boot/guest.img', ramdisk],
    ['/boot/guest-disk.img', disk],
    ['/boot/grub-pv', join(tree.root, 'usr/lib/grub-xen/grub-x86_64-xen.bin')],
    ['/boot/grub-pvh', join(tree.root, 'usr/lib/grub-xen/grub-i386-xen_pvh.bin')],
  ]);
}

/** The ELF image inside the bzImage: Documentation/arch/x86/boot.rst, payload_offset and payload_length. */
async function unpackedKernel(tree: Tree): Promise<string> {
  return cached(`vmlinux-${tree.key}`, async (file) => {
    const image = await readFile(join(tree.root, 'boot', `vmlinuz-${tree.kernel}`));
    const setupSectors = image.readUInt8(0x1f1);
    const start = (setupSectors + 1) * 512 + image.readUInt32LE(0x248);
    const payload = `${file}.xz`;
    // The last four bytes are the unpacked size, not part of the xz stream.
    await writeFile(payload, image.subarray(start, start + image.readUInt32LE(0x24c) - 4));
    const [program, args] = treeCommand(tree, 'usr/bin/xz', ['-dc', payload]);
    await writeFile(file, await exec(program, args));
  });
}

async function guestRamdisk(tree: Tree): Promise<string> {
  const init = await readFile(join(E2E_DIR, 'rootfs', 'guest-init.sh'));
  const cpuid = await compile(tree, { name: 'cpuid' });
  const fpu = await compile(tree, { name: 'fpu' });
  return cached(`guest-${keyOf(tree.key, init, cpuid, fpu)}.img`, async (file) => {
    const image = rootFs();
    for (const folder of ['/proc', '/sys', '/dev', '/tmp', '/sbin']) image.folder(folder);
    await image.file('/bin/busybox', join(tree.root, 'bin/busybox'));
    await image.file('/bin/cpuid', cpuid);
    await image.file('/bin/fpu', fpu);
    image.text('/init', init, 0o755);
    await image.write(`${file}.cpio`);
    await writeFile(file, gzipSync(await readFile(`${file}.cpio`)));
  });
}

/** The cached file of that name; `make` writes it, under another name until it is whole. */
export async function cached(name: string, make: (file: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE_DIR, 'images');
  const file = join(folder, name);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(`${file}.new-`);
  try {
    const made = join(work, 'file');
    await make(made);
    await rename(made, file);
    await pruneCache(folder, `${name.split('-')[0] ?? name}-`, name);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
}
