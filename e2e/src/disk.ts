/** A disk that an HVM guest boots from by its firmware: a FAT file system with SYSLINUX, without a partition table. */
import { chmod, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from './exec.js';
import { treeCommand, type Tree } from './packages.js';

/** Kernel and ramdisk take 10 MB. */
const DISK_MIB = 14;

const CONFIG = `SERIAL 0 115200
DEFAULT guest
LABEL guest
  KERNEL vmlinuz
  APPEND initrd=guest.img console=ttyS0 quiet
`;

/** Changes when the disk would. */
export const DISK_KEY = `${String(DISK_MIB)} ${CONFIG}`;

/** Writes the disk image. Works without root: mtools and SYSLINUX write into the file itself. */
export async function writeGuestDisk(tree: Tree, file: string, kernel: string, ramdisk: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'xen-image-disk-'));
  try {
    // SYSLINUX calls mtools by their names, so they are on its path, as scripts that use the packages' own loader.
    for (const name of ['mcopy', 'mattrib', 'mmove']) {
      const [loader, args] = treeCommand(tree, 'usr/bin/mtools', []);
      const words = [loader, '--argv0', name, ...args].map((word) => `'${word}'`).join(' ');
      await writeFile(join(work, name), `#!/bin/sh\nexec ${words} "$@"\n`);
      await chmod(join(work, name), 0o755);
    }
    const config = join(work, 'syslinux.cfg');
    await writeFile(config, CONFIG);
    await writeFile(file, '');
    await truncate(file, DISK_MIB * 1024 * 1024);
    // Fixed serial number and times: the same input gives the same disk.
    await exec(
      ...treeCommand(tree, 'usr/sbin/mkfs.fat', ['-F', '16', '-h', '0', '-i', '58454e31', '--invariant', file]),
    );
    const env = { PATH: `${work}:${process.env['PATH'] ?? ''}`, MTOOLS_SKIP_CHECK: '1', MTOOLSRC: '/dev/null' };
    for (const [source, name] of [
      [config, 'syslinux.cfg'],
      [kernel, 'vmlinuz'],
      [ramdisk, 'guest.img'],
    ] as const) {
      await exec(join(work, 'mcopy'), ['-i', file, source, `::${name}`], { env });
    }
    await exec(...treeCommand(tree, 'usr/bin/syslinux', ['--install', file]), { env });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
