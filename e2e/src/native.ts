/** C programs of the rig, compiled on this machine. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.js';
import { exec } from './exec.js';
import { E2E_DIR, keyOf } from './paths.js';
import type { Tree } from './packages.js';

/** How a program of `e2e/native/` is built. */
export interface NativeProgram {
  /** `NAME` of `e2e/native/NAME.c`. */
  readonly name: string;
  /** Libraries of the unpacked packages to link with, such as `xenstore`; without any the program is static. */
  readonly libraries?: readonly string[];
}

/**
 * The built program's path on this machine.
 *
 * @throws Error when there is no C compiler, or the program does not compile
 */
export async function compile(tree: Tree, program: NativeProgram): Promise<string> {
  const source = join(E2E_DIR, 'native', `${program.name}.c`);
  const libraries = program.libraries ?? [];
  const lib = join(tree.root, 'usr/lib/x86_64-linux-gnu');
  const flags = ['-O2', '-Wall', '-Wextra', '-Werror'];
  const link =
    libraries.length === 0
      ? ['-static', '-lutil']
      : [
          `-I${join(tree.root, 'usr/include')}`,
          `-L${lib}`,
          `-Wl,-rpath-link,${lib}`,
          ...libraries.map((name) => `-l${name}`),
        ];
  const key = keyOf(tree.key, await readFile(source), flags.join(' '), libraries.join(' '));
  return cached(`${program.name}-${key}`, (file) => cc([...flags, '-o', file, source, ...link]));
}

/**
 * The small HVM kernel of `native/tiny.c`, as a bzImage.
 *
 * @throws Error when there is no C compiler, or the kernel does not compile
 */
export async function compileTiny(): Promise<string> {
  const source = join(E2E_DIR, 'native', 'tiny.c');
  const script = join(E2E_DIR, 'native', 'tiny.ld');
  const flags = [
    ...['-m32', '-march=i686', '-O2', '-Wall', '-Wextra', '-Werror', '-ffreestanding', '-fno-pic', '-no-pie'],
    ...['-fno-stack-protector', '-fcf-protection=none', '-fno-asynchronous-unwind-tables', '-mgeneral-regs-only'],
    ...['-static', '-nostdlib', '-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,--no-warn-rwx-segments'],
  ];
  const key = keyOf(await readFile(source), await readFile(script), flags.join(' '));
  return cached(`tiny-${key}`, async (file) => {
    await cc([...flags, `-Wl,-T,${script}`, '-o', `${file}.elf`, source]);
    await exec('objcopy', ['-O', 'binary', `${file}.elf`, file]);
  });
}

/**
 * The hypervisor of `native/svm.S`, for QEMU's `-kernel`.
 *
 * @throws Error when there is no C compiler, or it does not assemble
 */
export async function assembleSvm(): Promise<string> {
  const source = join(E2E_DIR, 'native', 'svm.S');
  const flags = ['-m32', '-static', '-nostdlib', '-no-pie', '-Wl,--build-id=none', '-Wl,-Ttext=0x100000'];
  const all = [...flags, '-Wl,--section-start=.multiboot=0xff000', '-Wl,-z,noexecstack'];
  return cached(`svm-${keyOf(await readFile(source), all.join(' '))}`, (file) => cc([...all, '-o', file, source]));
}

async function cc(args: readonly string[]): Promise<void> {
  await exec('cc', args).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause);
    const cure = message.includes('ENOENT') ? ' Install a C compiler: apt-get install gcc libc6-dev.' : '';
    throw new Error(`${message}${cure}`, { cause });
  });
}
