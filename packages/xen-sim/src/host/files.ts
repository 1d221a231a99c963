import type { PathKind } from '@xen-image/core';

/** What a file begins with, as far as loaders of kernels look at it. */
export type FileFormat = 'elf' | 'bzimage' | 'gzip' | 'unknown';

/** What stands at a path of the simulated host. */
export interface FileFacts {
  readonly kind: PathKind;
  readonly sizeBytes: number;
  readonly format: FileFormat;
}

/** The files that a simulated machine sees. */
export interface FileView {
  look(path: string): Promise<FileFacts>;
  /** Makes a plain file, for its maker alone. Rejects with a system error, `EEXIST` where something has the name. */
  make(path: string): Promise<void>;
  /** Removes a plain file. Rejects with a system error. */
  remove(path: string): Promise<void>;
}

/** A path of a host whose files are given: what stands there, or a file with its size and format. */
export type GivenFile = PathKind | { readonly sizeBytes?: number; readonly format?: FileFormat };

/** Size of a file that none is given for. */
export const DEFAULT_SIZE_BYTES = 8 * 1024 * 1024;

/** Nothing stands there. */
export const ABSENT: FileFacts = { kind: 'absent', sizeBytes: 0, format: 'unknown' };
/** A plain file that any loader takes. */
export const SOME_FILE: FileFacts = { kind: 'file', sizeBytes: DEFAULT_SIZE_BYTES, format: 'elf' };
