/** dom0's image: one initramfs with busybox, Xen's tools, node and the guests' files. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.js';
import { rootFs, type RootFs } from './cpio.js';
import { exec } from './exec.js';
import { guestFiles } from './guests.js';
import { addLibraries } from './libraries.js';
import { compile } from './native.js';
import { E2E_DIR, keyOf } from './paths.js';
import { treeCommand, type Tree } from './packages.js';

/** What QEMU starts: the hypervisor and its two modules. */
export interface BootFiles {
  /** Xen, unpacked: QEMU's multiboot loader does not take it compressed. */
  readonly xen: string;
  /** dom0's kernel. */
  readonly kernel: string;
  /** dom0's initramfs. */
  readonly initrd: string;
}

/** Kernel modules of dom0; what they depend on comes with them. */
const MODULES = [
  'xen-privcmd',
  'xenfs',
  'xen-evtchn',
  'xen-gntdev',
  'xen-gntalloc',
  'xen-blkback',
  'xen-netback',
  'virtio_pci',
  'virtio_net',
  'e1000',
  'loop',
  'tun',
  '9p',
  '9pnet_virtio',
];

/** Programs taken from the packages beside Xen's own folders. */
const PROGRAMS = [
  '/usr/bin/bash',
  '/usr/bin/dash',
  '/usr/bin/ps',
  '/usr/bin/pgrep',
  '/usr/bin/pkill',
  '/usr/bin/socat',
  '/usr/bin/strace',
  '/usr/bin/flock',
  // with inotify and nanoseconds, which busybox lacks
  '/usr/bin/tail',
  '/usr/bin/date',
  '/usr/libexec/xen-qemu-system-i386',
];

/** Folders taken whole. */
const FOLDERS = [
  '/etc/xen',
  '/usr/lib/xen-4.17/bin',
  '/usr/lib/xen-4.17/boot',
  '/usr/lib/xen-common',
  '/usr/share/qemu',
  '/usr/share/seabios',
  '/usr/lib/ipxe',
];

/** Makes what is not in the cache: about ten seconds. */
export async function bootFiles(tree: Tree, log: (line: string) => void): Promise<BootFiles> {
  const xen = await cached(`xen-${tree.key}`, async (file) => {
    const name = (await readdir(join(tree.root, 'boot'))).find((boot) => /^xen-4\.17.*\.gz$/.test(boot));
    if (name === undefined) throw new Error(`${tree.root}/boot has no Xen 4.17`);
    await exec('bash', ['-c', 'gzip -dc "$1" > "$2"', 'unpack', join(tree.root, 'boot', name), file]);
  });
  const init = await readFile(join(E2E_DIR, 'rootfs', 'dom0-init.sh'));
  const agent = await compile(tree, { name: 'agent' });
  const cpuid = await compile(tree, { name: 'cpuid' });
  const fpu = await compile(tree, { name: 'fpu' });
  const witness = await compile(tree, { name: 'witness', libraries: ['xenctrl', 'xenguest'] });
  const guests = await guestFiles(tree);
  const parts = [agent, cpuid, fpu, witness, ...guests.values(), ...MODULES, ...PROGRAMS, ...FOLDERS, process.version];
  const initrd = await cached(`dom0-${keyOf(tree.key, init, parts.join(' '))}.cpio`, async (file) => {
    log('building the dom0 image');
    const image = rootFs();
    for (const folder of ['/proc', '/sys', '/dev', '/run', '/root', '/var/log/xen/console', '/opt'])
      image.folder(folder);
    for (const [name, target] of [
      ['/bin', 'usr/bin'],
      ['/sbin', 'usr/sbin'],
      ['/lib', 'usr/lib'],
      ['/lib64', 'usr/lib64'],
    ] as const)
      image.link(name, target);
    image.link('/var/run', '/run');
    image.folder('/tmp', 0o1777);
    image.text('/init', init, 0o755);
    image.text('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
    image.text('/etc/group', 'root:x:0:\nnogroup:x:65534:\n');
    image.text('/etc/hosts', '127.0.0.1 localhost dom0\n');
    await image.file('/usr/bin/busybox', join(tree.root, 'bin/busybox'));
    // busybox's own shell runs its applets whatever is on the path.
    image.link('/usr/bin/sh', 'dash');
    await image.file('/usr/local/sbin/agent', agent);
    await image.file('/usr/local/bin/cpuid', cpuid);
    await image.file('/usr/local/bin/fpu', fpu);
    await image.file('/usr/local/bin/witness', witness);
    for (const [path, source] of guests) await image.file(path, source);
    await addModules(image, tree);
    await addPrograms(image, tree);
    await image.write(file);
  });
  return { xen, kernel: join(tree.root, 'boot', `vmlinuz-${tree.kernel}`), initrd };
}

async function addPrograms(image: RootFs, tree: Tree): Promise<void> {
  const needing: string[] = [];
  const program = async (path: string): Promise<void> => {
    await image.file(path, join(tree.root, path));
    needing.push(join(tree.root, path));
  };
  for (const path of PROGRAMS) await program(path);
  for (const folder of FOLDERS) await image.tree(folder, join(tree.root, folder));
  for (const folder of ['/usr/sbin', '/usr/bin'] as const) {
    for (const item of await readdir(join(tree.root, folder), { withFileTypes: true })) {
      if (!/^(xen|xl$)/.test(item.name)) continue;
      if (item.isSymbolicLink()) image.link(`${folder}/${item.name}`, '../lib/xen-common/bin/xen-utils-wrapper');
      else await program(`${folder}/${item.name}`);
    }
  }
  const bin = join(tree.root, 'usr/lib/xen-4.17/bin');
  needing.push(...(await readdir(bin)).map((name) => join(bin, name)));
  // Libraries that node opens at run time.
  const lib = '/usr/lib/x86_64-linux-gnu';
  for (const name of await readdir(join(tree.root, lib))) {
    if (!/^libxen.*\.so\./.test(name)) continue;
    await image.file(`${lib}/${name}`, join(tree.root, lib, name));
    needing.push(join(tree.root, lib, name));
  }
  await image.file('/usr/bin/node', process.execPath);
  needing.push(process.execPath);
  await addLibraries(image, tree, needing);
}

async function addModules(image: RootFs, tree: Tree): Promise<void> {
  const folder = `/usr/lib/modules/${tree.kernel}`;
  const [depmod, args] = treeCommand(tree, 'usr/bin/kmod', []);
  // kmod takes the name of its applet from argv[0].
  const loaderArgs = ['--argv0', 'depmod', ...args];
  await exec(depmod, [
    ...loaderArgs,
    '-b',
    tree.root,
    '-F',
    join(tree.root, 'boot', `System.map-${tree.kernel}`),
    tree.kernel,
  ]);
  const depends = await readFile(join(tree.root, folder, 'modules.dep'), 'utf8');
  const rows = new Map<string, string[]>();
  for (const line of depends.split('\n')) {
    const [path, rest] = line.split(':');
    if (path !== undefined && rest !== undefined) rows.set(path, rest.split(' ').filter(Boolean));
  }
  const builtin = await readFile(join(tree.root, folder, 'modules.builtin'), 'utf8');
  const nameOf = (path: string): string => path.replace(/^.*\//, '').replace(/\.ko$/, '').replaceAll('-', '_');
  for (const module of MODULES) {
    const wanted = module.replaceAll('-', '_');
    const row = [...rows].find(([path]) => nameOf(path) === wanted);
    if (row === undefined) {
      if (builtin.split('\n').some((path) => nameOf(path) === wanted)) continue;
      throw new Error(`Debian's kernel ${tree.kernel} has no module ${module}`);
    }
    for (const path of [row[0], ...row[1]]) await image.file(`${folder}/${path}`, join(tree.root, folder, path));
  }
  for (const name of await readdir(join(tree.root, folder))) {
    if (/^modules\.(dep|alias|symbols|softdep|builtin|order)$/.test(name)) {
      await image.file(`${folder}/${name}`, join(tree.root, folder, name));
    }
  }
}
