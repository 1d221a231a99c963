import { XenImageError } from '@xen-image/core';
import { createBackend } from './backend.js';
import { ffiNapiDriver } from './ffi-napi.js';
import { threadPoolSize } from './gate.js';
import { koffiDriver } from './koffi.js';
import type { NativeDriver } from './native.js';
import type { ForeignBackend } from './types.js';

/** The implementations that there are; the first is the default. */
export const FOREIGN_BACKENDS = ['koffi', 'ffi-napi'] as const;

/** The name of an implementation. */
export type ForeignBackendName = (typeof FOREIGN_BACKENDS)[number];

/** The environment variable that chooses an implementation where the program does not. */
export const FFI_VARIABLE = 'XEN_IMAGE_FFI';

/** How to choose an implementation. */
export interface OpenForeignOptions {
  /** `koffi` or `ffi-napi`; before the environment variable `XEN_IMAGE_FFI`, before the default. */
  readonly backend?: string;
  /** Where the variables are looked up (`XEN_IMAGE_FFI`, `UV_THREADPOOL_SIZE`); `process.env` by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const DRIVERS: Readonly<Record<ForeignBackendName, () => NativeDriver | Promise<NativeDriver>>> = {
  koffi: koffiDriver,
  'ffi-napi': ffiNapiDriver,
};

const PACKAGES: Readonly<Record<ForeignBackendName, string>> = {
  koffi: 'koffi',
  'ffi-napi': 'ffi-napi@npm:@2060.io/ffi-napi',
};

/** One of each in a process, so that all its users together keep within one bound. */
const opened = new Map<ForeignBackendName, Promise<ForeignBackend>>();

/**
 * Opens an implementation of foreign calls. Nothing native is loaded before this call.
 *
 * The same implementation is opened once in a process and shared from then on.
 * @throws XenImageError `FFI_UNKNOWN` for a name that is neither, `FFI_NOT_INSTALLED` where its package cannot be
 * loaded, `FFI_NOT_IN_WORKER` for ffi-napi in a worker thread.
 */
export async function openForeign(options: OpenForeignOptions = {}): Promise<ForeignBackend> {
  const env = options.env ?? process.env;
  const name = backendName(options.backend, env);
  const known = opened.get(name);
  if (known !== undefined) return known;
  const opening = load(name, env);
  opened.set(name, opening);
  opening.catch(() => opened.delete(name));
  return opening;
}

function backendName(
  option: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): ForeignBackendName {
  const variable = env[FFI_VARIABLE];
  const asked = option ?? (variable === '' ? undefined : variable) ?? FOREIGN_BACKENDS[0];
  const name = FOREIGN_BACKENDS.find((known) => known === asked);
  if (name !== undefined) return name;
  const from = option === undefined ? ` (from ${FFI_VARIABLE})` : '';
  throw new XenImageError('FFI_UNKNOWN', `there is no implementation of foreign calls named '${asked}'${from}`, {
    hint: `use one of: ${FOREIGN_BACKENDS.join(', ')}`,
    data: { asked, known: [...FOREIGN_BACKENDS] },
  });
}

async function load(
  name: ForeignBackendName,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ForeignBackend> {
  try {
    return createBackend(await DRIVERS[name](), Math.max(1, threadPoolSize(env) - 1));
  } catch (error) {
    if (error instanceof XenImageError) throw error;
    throw new XenImageError('FFI_NOT_INSTALLED', `${name} cannot be loaded`, {
      hint: `npm install ${PACKAGES[name]}`,
      said: [error instanceof Error ? error.message : String(error)],
      cause: error,
    });
  }
}
