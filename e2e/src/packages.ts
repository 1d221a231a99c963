/**
 * The Debian packages of the rig, unpacked into a folder of the cache.
 *
 * apt works with its own lists and with an empty list of installed packages, so it names the packages together with
 * everything they need, down to the C library. Nothing is installed on the machine, no maintainer script runs, and no
 * rights beyond the user's own are needed. The folder is a Debian system of its own: its programs run with its own
 * loader and libraries (see {@link treeCommand}).
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pruneCache } from './cache.js';
import { withoutStaleVector } from './emulator.js';
import { exec } from './exec.js';
import { CACHE_DIR, keyOf } from './paths.js';

/** What the rig asks apt for; their dependencies come with them. */
export const PACKAGES: readonly string[] = [
  // the machine that Xen runs on, and Xen
  'qemu-system-x86',
  'seabios',
  'ipxe-qemu',
  'xen-hypervisor-4.17-amd64',
  // dom0
  'linux-image-amd64',
  'xen-utils-4.17',
  'xenstore-utils',
  'qemu-system-xen',
  'busybox-static',
  'bash',
  'dash',
  'procps',
  'socat',
  'strace',
  'util-linux',
  // guests
  'grub-xen-host',
  'syslinux',
  'mtools',
  'dosfstools',
  // building images and witness programs
  'kmod',
  'xz-utils',
  'libxen-dev',
];

/** Changes whenever the way of unpacking does, so that an older folder is not taken for a current one. */
const RECIPE = '2';

/** The emulator of the machine, in the folder. */
export const EMULATOR = 'usr/bin/qemu-system-x86_64';

/** Parts of packages that nothing here reads. */
const LEFT_OUT = ['./usr/share/doc/*', './usr/share/man/*', './usr/share/locale/*', './usr/share/info/*'];

/** The unpacked packages. */
export interface Tree {
  /** The folder, laid out as a root file system. */
  readonly root: string;
  /** Changes with the packages and their versions. */
  readonly key: string;
  /** The kernel's release, such as `6.1.0-56-amd64`. */
  readonly kernel: string;
}

/**
 * The unpacked packages, fetched first when they are not in the cache. Takes about half a minute then.
 *
 * @param log - told what is being done
 * @throws Error when the machine is not Debian 12 on x86-64, or apt cannot get the packages
 */
export async function ensureTree(log: (line: string) => void): Promise<Tree> {
  const home = join(CACHE_DIR, `tree-${keyOf(RECIPE, PACKAGES.join(' '), LEFT_OUT.join(' '))}`);
  if (!existsSync(home)) await fetchTree(home, log);
  const root = join(home, 'root');
  const versions = await readFile(join(home, 'packages'), 'utf8');
  const image = (await readdir(join(root, 'boot'))).find((name) => name.startsWith('vmlinuz-'));
  if (image === undefined) throw new Error(`${root}/boot has no kernel; remove ${home} and start again`);
  return { root, key: keyOf(RECIPE, versions), kernel: image.slice('vmlinuz-'.length) };
}

async function fetchTree(home: string, log: (line: string) => void): Promise<void> {
  await requireDebian();
  await mkdir(CACHE_DIR, { recursive: true });
  const work = await mkdtemp(`${home}.new-`);
  try {
    const apt = join(work, 'apt');
    const archives = join(apt, 'cache', 'archives');
    await mkdir(join(apt, 'lists', 'partial'), { recursive: true });
    await mkdir(join(archives, 'partial'), { recursive: true });
    const options = [
      `Dir::State::Lists=${join(apt, 'lists')}`,
      `Dir::Cache=${join(apt, 'cache')}`,
      'Dir::State::status=/dev/null',
      'APT::Sandbox::User=',
      'APT::Install-Recommends=false',
      'Debug::NoLocking=true',
      'Acquire::Retries=3',
    ].flatMap((option) => ['-o', option]);
    log('apt: reading the lists of packages');
    await aptGet([...options, '-qq', 'update']);
    log(`apt: downloading ${String(PACKAGES.length)} packages and what they need`);
    await aptGet([...options, '-qq', '-y', '--download-only', 'install', ...PACKAGES]);
    const debs = (await readdir(archives)).filter((name) => name.endsWith('.deb')).sort();
    log(`unpacking ${String(debs.length)} packages`);
    const root = join(work, 'root');
    await makeRoot(root);
    const leftOut = LEFT_OUT.map((pattern) => `--exclude=${pattern}`);
    for (const deb of debs) await unpack(join(archives, deb), root, leftOut);
    await mendEmulator(join(root, EMULATOR), log);
    await rm(apt, { recursive: true });
    await writeFile(join(work, 'packages'), debs.join('\n') + '\n');
    // Another process may have been quicker; its folder is as good.
    await rename(work, home).catch((error: unknown) => {
      if (!existsSync(home)) throw error;
    });
    await pruneCache(CACHE_DIR, 'tree-', basename(home));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function aptGet(args: readonly string[]): Promise<void> {
  await exec('apt-get', args).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${message}\nThe rig is made of these packages of Debian 12, which apt-get must be able to download: ${PACKAGES.join(' ')}`,
      { cause },
    );
  });
}

async function requireDebian(): Promise<void> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1] ?? 'unknown';
  if (codename !== 'bookworm' || process.arch !== 'x64') {
    throw new Error(
      `The rig takes its Xen 4.17 from Debian 12 (bookworm) on x86-64; this is ${codename} on ${process.arch}. Run it in such a machine or container.`,
    );
  }
}

/** Another QEMU may have other code there, or no defect; then it runs as it is. */
async function mendEmulator(file: string, log: (line: string) => void): Promise<void> {
  const mended = withoutStaleVector(await readFile(file));
  if (mended === undefined) log(`${file} is not known: it runs as packaged, see e2e/src/emulator.ts`);
  else await writeFile(file, mended);
}

/** A root whose /bin, /sbin and /lib are links into /usr, as on an installed system; packages still name both. */
async function makeRoot(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
}

async function unpack(deb: string, root: string, options: readonly string[]): Promise<void> {
  // dpkg-deb -x would put folders in the place of the links.
  const script = 'set -o pipefail; dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "${@:3}"';
  await exec('bash', ['-c', script, 'unpack', deb, root, '--keep-directory-symlink', '--no-same-owner', ...options]);
}

/** Folders of the unpacked packages that the loader searches for libraries. */
export function libraryPath(tree: Tree): string {
  return [
    'usr/lib/x86_64-linux-gnu',
    'usr/lib/xen-4.17/lib/x86_64-linux-gnu',
    'usr/lib/x86_64-linux-gnu/pulseaudio',
    'usr/lib',
  ]
    .map((folder) => join(tree.root, folder))
    .join(':');
}

/** The words that run a program of the unpacked packages with their own loader and libraries, whatever the machine has. */
export function treeCommand(tree: Tree, program: string, args: readonly string[]): readonly [string, string[]] {
  const loader = join(tree.root, 'usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2');
  return [loader, ['--library-path', libraryPath(tree), join(tree.root, program), ...args]];
}
