import type { ResolvedBuildSpec } from '@xen-image/core';
import { refuse } from '../hypervisor/refuse.js';
import type { FileFacts, FileView } from '../host/files.js';
import { FRAME_BYTES } from '../units.js';

/** What a packed kernel grows to. */
const UNPACKED = 4;

/** The files of a build, in frames of guest memory. */
export interface LoadedFiles {
  readonly kernelFrames: number;
  readonly moduleFrames: number;
}

/**
 * Looks at all files that a build loads, as libxenguest opens them.
 *
 * @throws XenImageError with the loader's call, and `ENOENT`, `EISDIR` or `EINVAL`
 */
export async function loadFiles(files: FileView, domid: number, spec: ResolvedBuildSpec): Promise<LoadedFiles> {
  const kernel = await openFile(files, domid, spec.kernel ?? '', 'xc_dom_kernel_file');
  if (kernel.format === 'unknown') {
    throw refuse('xc_dom_parse_image', 'EINVAL', {
      domid,
      why: `${spec.kernel ?? ''} is no kernel that can be loaded`,
      said: ['xc_dom_find_loader: no loader found'],
      hint: 'A kernel for Xen is an ELF file with Xen notes, or a bzImage that holds one.',
    });
  }
  let moduleFrames = 0;
  for (const path of modulePaths(spec)) {
    moduleFrames += framesOf((await openFile(files, domid, path, 'xc_dom_module_file')).sizeBytes);
  }
  if (spec.firmware !== undefined) await openFile(files, domid, spec.firmware, 'xc_dom_module_file');
  const growth = kernel.format === 'elf' ? 1 : UNPACKED;
  return { kernelFrames: framesOf(kernel.sizeBytes * growth), moduleFrames };
}

function modulePaths({ ramdisk, modules = [] }: ResolvedBuildSpec): string[] {
  const first = ramdisk?.value ?? null;
  return [...(first === null || first === '' ? [] : [first]), ...modules.map((module) => module.path)];
}

async function openFile(files: FileView, domid: number, path: string, call: string): Promise<FileFacts> {
  const facts = await files.look(path);
  const why = { domid, why: `${path === '' ? 'no kernel is named: nothing' : path} cannot be loaded` };
  const failed = (what: string) => ({
    ...why,
    said: [`xc_dom_malloc_filemap: failed to open file '${path}': ${what}`],
  });
  if (facts.kind === 'absent') throw refuse(call, 'ENOENT', failed('No such file or directory'));
  if (facts.kind === 'directory') throw refuse(call, 'EISDIR', failed('Is a directory'));
  if (facts.sizeBytes === 0 && facts.kind === 'file') {
    throw refuse(call, 'EINVAL', { ...why, said: [`xc_dom_malloc_filemap: '${path}': zero length file`] });
  }
  return facts;
}

function framesOf(bytes: number): number {
  return Math.ceil(bytes / FRAME_BYTES);
}
