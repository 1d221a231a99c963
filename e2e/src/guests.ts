/** What guests boot from, as files of dom0: kernels under `/boot`, and the ramdisk whose `init` tells what it sees. */
import { readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { cached } from './cache.js';
import { rootFs } from './cpio.js';
import { DISK_KEY, writeDisk, type DiskFiles } from './disk.js';
import { exec } from './exec.js';
import { compile, compileTiny } from './native.js';
import { E2E_DIR, keyOf } from './paths.js';
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
 * - `/boot/tiny`, `/boot/tiny-disk.img`: a kernel of 4 kB for HVM (`native/tiny.c`), and an IDE disk with it
 * - `/boot/grub-pv`, `/boot/grub-pvh`: GRUB's small kernels, 64-bit PV and 32-bit PVH
 */
export async function guestFiles(tree: Tree): Promise<GuestFiles> {
  const kernel = join(tree.root, 'boot', `vmlinuz-${tree.kernel}`);
  const ramdisk = await guestRamdisk(tree);
  const tiny = await compileTiny();
  const disk = (name: string, files: DiskFiles): Promise<string> => {
    const key = keyOf(DISK_KEY, basename(files.kernel), basename(files.ramdisk ?? ''));
    return cached(`${name}-${key}.img`, (file) => writeDisk(tree, file, files));
  };
  return new Map([
    ['/boot/vmlinuz', kernel],
    ['/boot/vmlinux', await unpackedKernel(tree)],
    ['/boot/guest.img', ramdisk],
    ['/boot/guest-disk.img', await disk('disk', { kernel, ramdisk })],
    ['/boot/tiny', tiny],
    ['/boot/tiny-disk.img', await disk('tinydisk', { kernel: tiny })],
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
