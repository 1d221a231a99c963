/** The emulated machine: QEMU's command line, and why each odd flag is there. */
import { join } from 'node:path';
import type { BootFiles } from './dom0.js';
import { REPO_DIR } from './paths.js';
import { EMULATOR, treeCommand, type Tree } from './packages.js';

/** What a host is given. */
export interface MachineOptions {
  /** Memory of the whole machine in MiB (dom0, Xen and every guest); 6144 when not given. */
  readonly memoryMib?: number;
  /** Processors of the machine; 2 when not given. */
  readonly cpus?: number;
  /** The processors run at once, each on a thread of the emulator; in turn on one thread when not given. */
  readonly parallelCpus?: boolean;
  /** dom0's vcpus; 1 when not given. */
  readonly dom0Vcpus?: number;
  /** dom0's memory in MiB; 2048 when not given. Its image of about 400 MiB lives in it. */
  readonly dom0MemoryMib?: number;
  /** Which xenstore daemon; the C one when not given. */
  readonly xenstore?: 'xenstored' | 'oxenstored';
  /** Without SVM and nested paging Xen has no HVM and no PVH. */
  readonly hvm?: boolean;
  /** Shows the repository, read-only, as `/repo` in dom0. */
  readonly shareRepo?: boolean;
  /** Further words for Xen's command line. */
  readonly xenArgs?: readonly string[];
  /** Further words for dom0's command line. */
  readonly dom0Args?: readonly string[];
}

/** Where the machine's ends are. */
export interface MachineEnds {
  /** File that gets everything Xen and dom0's kernel print. */
  readonly serialLog: string;
  /** QEMU's monitor (QMP), a unix socket. */
  readonly monitor: string;
  /** Port on the loopback that leads to dom0's agent. */
  readonly port: number;
  /** What the agent expects. */
  readonly token: string;
}

/** The program and its arguments. */
export function machineCommand(
  tree: Tree,
  boot: BootFiles,
  ends: MachineEnds,
  options: MachineOptions,
): readonly [string, string[]] {
  const hvm = options.hvm ?? true;
  // With SMAP the iret of a PV kernel faults under emulation; MONITOR panics Xen's idle loop; RDTSCP in a nested guest
  // trips Xen's instruction length check. SVM and NPT give HVM and PVH.
  const cpu = `EPYC,-smap,-smep,-monitor,-rdtscp,${hvm ? '+svm,+npt' : '-svm,-npt'}`;
  const xenWords = [
    'console=com1',
    'com1=115200,8n1',
    `dom0_mem=${String(options.dom0MemoryMib ?? 2048)}M`,
    `dom0_max_vcpus=${String(options.dom0Vcpus ?? 1)}`,
    'cpuidle=0',
    // Without eager-fpu Xen leaves CR0.TS set for a vcpu that has not used its registers yet, and QEMU's XSAVE and XRSTOR
    // do not fault on it as a processor's do: vcpus get each other's vector registers.
    'spec-ctrl=no,eager-fpu',
    'xpti=no',
    // Scrubbing touches every page, and so takes the whole memory from the machine outside.
    'bootscrub=0',
    'guest_loglvl=all',
    'noreboot',
    // An NMI from outside makes it print where its processors are; see standstill.ts.
    'nmi=fatal',
    ...(options.xenArgs ?? []),
  ];
  const dom0Words = [
    // dom0's init takes the first of two words of one name.
    ...(options.dom0Args ?? []),
    'console=hvc0',
    'quiet',
    'mitigations=off',
    'net.ifnames=0',
    'panic=-1',
    `rig.xenstore=${options.xenstore ?? 'xenstored'}`,
    `rig.token=${ends.token}`,
    ...(options.shareRepo === true ? ['rig.share=1'] : []),
  ];
  const share =
    options.shareRepo === true
      ? ['-virtfs', `local,path=${REPO_DIR},mount_tag=repo,security_model=none,readonly=on,multidevs=remap`]
      : [];
  const args = [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-L', join(tree.root, 'usr/share/qemu'), '-L', join(tree.root, 'usr/share/seabios')],
    ...['-L', join(tree.root, 'usr/lib/ipxe/qemu')],
    // In turn takes hardly longer for one guest, leaves the other core to a second machine, and spares HVM guests the waits of
    // one thread for another that has lost its core.
    ...['-accel', `tcg,thread=${options.parallelCpus === true ? 'multi' : 'single'}`],
    ...['-cpu', cpu, '-smp', String(options.cpus ?? 2)],
    ...['-m', String(options.memoryMib ?? 6144)],
    ...['-serial', `file:${ends.serialLog}`, '-qmp', `unix:${ends.monitor},server=on,wait=off`],
    ...['-netdev', `user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${String(ends.port)}-10.0.2.15:7000`],
    ...['-device', 'virtio-net-pci,netdev=net0,romfile='],
    ...share,
    ...['-kernel', boot.xen, '-append', xenWords.join(' ')],
    // Multiboot modules: a comma parts them, so it cannot be within their words.
    ...['-initrd', `${boot.kernel} ${dom0Words.join(' ')},${boot.initrd}`],
  ];
  return treeCommand(tree, EMULATOR, args);
}

/**
 * A machine without a host, which boots a kernel of its own (multiboot) and writes what that says to standard output. One
 * thread serves both of its processors in turn.
 */
export function bareCommand(tree: Tree, kernel: string): readonly [string, string[]] {
  return treeCommand(tree, EMULATOR, [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-L', join(tree.root, 'usr/share/qemu'), '-L', join(tree.root, 'usr/share/seabios')],
    ...['-accel', 'tcg,thread=single', '-cpu', 'qemu64,+svm', '-smp', '2', '-m', '64'],
    ...['-chardev', 'stdio,id=out', '-device', 'isa-debugcon,chardev=out,iobase=0xe9'],
    ...['-kernel', kernel],
  ]);
}

/** QEMU looks for its accelerator modules where this says. */
export function machineEnv(tree: Tree): Record<string, string> {
  return { QEMU_MODULE_DIR: join(tree.root, 'usr/lib/x86_64-linux-gnu/qemu') };
}
