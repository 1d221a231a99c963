/** A disk that an HVM guest boots from by its firmware: a FAT file system with SYSLINUX, without a partition table. */
import { chmod, mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exec } from './exec.js';
import { treeCommand, type Tree } from './packages.js';

/** What is on a disk. */
export interface DiskFiles {
  /** A bzImage. */
  readonly kernel: string;
  readonly ramdisk?: string;
}

/** Room for file system and SYSLINUX beside the files. */
const SPARE_BYTES = 4 * 1024 * 1024;

const CONFIG = `SERIAL 0 115200
DEFAULT guest
LABEL guest
  KERNEL kernel
  APPEND console=ttyS0 quiet
`;

/** Changes when a disk of the same files would. */
export const DISK_KEY: string = `${CONFIG} ${String(SPARE_BYTES)}`;

/** Writes the disk image. Works without root: mtools and SYSLINUX write into the file itself. */
export async function writeDisk(tree: Tree, file: string, files: DiskFiles): Promise<void> {
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
    const { kernel, ramdisk } = files;
    await writeFile(config, ramdisk === undefined ? CONFIG : `${CONFIG}  INITRD ramdisk\n`);
    await writeFile(file, '');
    const bytes = await Promise.all(
      [kernel, ...(ramdisk === undefined ? [] : [ramdisk])].map(async (one) => (await stat(one)).size),
    );
    await truncate(file, Math.ceil(bytes.reduce((sum, size) => sum + size, SPARE_BYTES) / 1048576) * 1048576);
    // Fixed serial number and times: the same input gives the same disk.
    await exec(...treeCommand(tree, 'usr/sbin/mkfs.fat', ['-h', '0', '-i', '58454e31', '--invariant', file]));
    const env = { PATH: `${work}:${process.env['PATH'] ?? ''}`, MTOOLS_SKIP_CHECK: '1', MTOOLSRC: '/dev/null' };
    for (const [source, name] of [
      [config, 'syslinux.cfg'],
      [kernel, 'kernel'],
      ...(ramdisk === undefined ? [] : [[ramdisk, 'ramdisk'] as const]),
    ] as const) {
      await exec(join(work, 'mcopy'), ['-i', file, source, `::${name}`], { env });
    }
    await exec(...treeCommand(tree, 'usr/bin/syslinux', ['--install', file]), { env });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
