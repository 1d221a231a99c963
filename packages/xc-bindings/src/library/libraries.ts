import {
  openForeign,
  type ForeignBackend,
  type ForeignFunction,
  type ForeignLibrary,
  type ForeignSignature,
  type OpenForeignOptions,
} from '@xen-image/ffi';
import { XenImageError } from '@xen-image/core';
import type { AbiTable } from '../abi/table.js';
import { ABI_TABLES, findAbiTable, TESTED_VERSIONS } from '../abi/tables.js';
import { CALLS, type CallName } from '../calls/signatures.js';
import { prototypeMatches } from './prototype.js';
import { runningVersion, versionText, type XenVersion } from './version.js';

/** How to find Xen's libraries. */
export interface OpenLibrariesOptions extends OpenForeignOptions {
  /** Accept a version whose ABI table was never run; without it such a version is refused. */
  readonly allowUntestedAbi?: boolean;
  /** Where the libraries are, before the places that the dynamic loader and Debian's packages know. */
  readonly libraryDirectories?: readonly string[];
  /** The hypervisor's version, for a caller that knows it; else it is found out. */
  readonly version?: XenVersion;
  /** In place of /sys/hypervisor. */
  readonly sysHypervisor?: string;
}

/** Xen's libraries, loaded, and what they expect of their callers. */
export interface XenLibraries {
  readonly foreign: ForeignBackend;
  readonly abi: AbiTable;
  /** Whether the table was ever run. */
  readonly tested: boolean;
  /** The file names under which they were found. */
  readonly files: readonly string[];
  /** Whether the libraries export this function, and the ABI table has it. */
  has(name: CallName): boolean;
  /**
   * A function, bound at first use.
   * @throws XenImageError `CALL_UNAVAILABLE` where the libraries do not export it
   */
  bind<N extends CallName>(name: N): BoundCall<N>;
}

/** A bound function with the types of its signature. */
export type BoundCall<N extends CallName> = ForeignFunction<(typeof CALLS)[N]['result'], (typeof CALLS)[N]['args']>;

/**
 * Loads the libxenctrl and libxenguest that belong to the running hypervisor, and picks the ABI table for them.
 *
 * Both libraries' sonames are the hypervisor's version, so no others can be meant. That the hypervisor agrees is checked when
 * a handle is opened: `openHandle`.
 * @throws XenImageError `XEN_NOT_RUNNING`, `XEN_ARCH_UNSUPPORTED`, `XEN_VERSION_UNKNOWN`, `XEN_ABI_UNTESTED`,
 * `LIBRARY_NOT_FOUND`
 */
export async function openLibraries(options: OpenLibrariesOptions = {}): Promise<XenLibraries> {
  const foreign = (): Promise<ForeignBackend> => openForeign(options);
  const version = options.version ?? (await runningVersion(foreign, options.sysHypervisor));
  const abi = chooseTable(version, options.allowUntestedAbi ?? false);
  return loadLibraries(await foreign(), abi, options.libraryDirectories ?? []);
}

/**
 * The ABI table of a version.
 * @throws XenImageError `XEN_ARCH_UNSUPPORTED`, `XEN_VERSION_UNKNOWN`, `XEN_ABI_UNTESTED`
 */
export function chooseTable(version: XenVersion, allowUntestedAbi: boolean, arch: string = process.arch): AbiTable {
  const text = versionText(version);
  if (arch !== 'x64') {
    throw new XenImageError('XEN_ARCH_UNSUPPORTED', `there are no ABI tables for ${arch}, only for x86-64`);
  }
  const table = findAbiTable(text);
  const known = ABI_TABLES.map((one) => one.version);
  if (table === undefined) {
    throw new XenImageError(
      'XEN_VERSION_UNKNOWN',
      `Xen ${text} is not known: nothing says how its libraries are called`,
      {
        hint: `use a Xen of ${known[0] ?? ''} to ${known.at(-1) ?? ''}, or a newer xen-image`,
        data: { version: text, known },
      },
    );
  }
  if (!TESTED_VERSIONS.has(text) && !allowUntestedAbi) {
    throw new XenImageError(
      'XEN_ABI_UNTESTED',
      `the ABI table of Xen ${text} was made from its headers, and never run`,
      {
        hint: 'give --allow-untested-abi (allowUntestedAbi) to use it, first on a host without other guests',
        data: { version: text, tested: [...TESTED_VERSIONS] },
      },
    );
  }
  return table;
}

/** Where Debian's packages and builds from source put the libraries of a version. */
function places(soname: string, version: string, directories: readonly string[]): string[] {
  const known = [`/usr/lib/xen-${version}/lib/x86_64-linux-gnu`, `/usr/lib/xen-${version}/lib`, '/usr/local/lib'];
  const inDirectory = (directory: string): string => `${directory}/${soname}`;
  return [...directories.map(inDirectory), soname, ...known.map(inDirectory)];
}

function loadLibraries(foreign: ForeignBackend, abi: AbiTable, directories: readonly string[]): XenLibraries {
  const load = (name: string, suffix: string): ForeignLibrary =>
    openOf(foreign, abi.version, places(`${name}.so.${suffix}`, abi.version, directories));
  const libraries = [
    load('libxenctrl', abi.version),
    load('libxenguest', abi.version),
    load('libxentoollog', '1'),
    load('libxenforeignmemory', '1'),
  ];
  const bound = new Map<CallName, ForeignFunction>();
  const holder = (name: CallName): ForeignLibrary | undefined => libraries.find((library) => library.has(name));

  return {
    foreign,
    abi,
    tested: TESTED_VERSIONS.has(abi.version),
    files: libraries.map((library) => library.name),
    has: (name) => prototypeMatches(abi, name) && holder(name) !== undefined,
    bind<N extends CallName>(name: N): BoundCall<N> {
      const known = bound.get(name);
      if (known !== undefined) return known as unknown as BoundCall<N>;
      const library = prototypeMatches(abi, name) ? holder(name) : undefined;
      if (library === undefined) throw unavailable(abi, name);
      const signature: ForeignSignature = { name, ...CALLS[name] };
      const made: ForeignFunction = library.bind(signature);
      bound.set(name, made);
      return made as unknown as BoundCall<N>;
    },
  };
}

function openOf(foreign: ForeignBackend, version: string, names: readonly string[]): ForeignLibrary {
  try {
    return foreign.open(names);
  } catch (error) {
    if (!(error instanceof XenImageError)) throw error;
    throw new XenImageError(error.code, `the libraries of Xen ${version} cannot be loaded: ${names[0] ?? ''}`, {
      call: 'dlopen',
      ...(error.said === undefined ? {} : { said: error.said }),
      hint: `install the libraries of Xen ${version} (Debian: xen-utils-${version}); other versions cannot stand in for them`,
      cause: error,
    });
  }
}

function unavailable(abi: AbiTable, name: CallName): XenImageError {
  const only64 = name.startsWith('xc_ia64_') ? ', which only the libraries of ia64 had, up to Xen 4.2' : '';
  return new XenImageError('CALL_UNAVAILABLE', `the libraries of Xen ${abi.version} have no ${name}${only64}`, {
    call: name,
    data: { version: abi.version },
  });
}
