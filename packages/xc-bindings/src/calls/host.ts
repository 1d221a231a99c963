import { readBytes, readField, readNumber, readPages, readText } from '../abi/struct.js';
import type { XcHandle } from '../library/handle.js';
import { unpackVersion } from '../library/version.js';

/** The machine and its memory: `xen_sysctl_physinfo` (xen/include/public/sysctl.h). */
export interface RawPhysInfo {
  readonly threadsPerCore: number;
  readonly coresPerSocket: number;
  /** Online. */
  readonly cpus: number;
  readonly nodes: number;
  readonly cpuKhz: number;
  /** Whether the hypervisor can have guests of these kinds. */
  readonly capabilities: {
    readonly hvm: boolean;
    readonly pv: boolean;
    readonly directIo: boolean;
    readonly hap: boolean;
    readonly shadow: boolean;
  };
  readonly totalPages: number;
  readonly freePages: number;
  /** Freed, not yet scrubbed; not among the free ones. */
  readonly scrubPages: number;
  /** Claimed by domains under construction; among the free ones. */
  readonly outstandingPages: number;
  /** CPUID words 1:edx, 80000001:edx, … as the hypervisor tells them. */
  readonly hardwareCapabilities: readonly number[];
}

/** The machine: `xc_physinfo`. */
export async function physInfo(xc: XcHandle): Promise<RawPhysInfo> {
  const { constants, structs } = xc.abi;
  const layout = structs.physInfo;
  const info = Buffer.alloc(layout.size);
  await xc.require('xc_physinfo', undefined, xc.pointer, info);
  const number = (field: keyof typeof layout.fields): number => readNumber(layout, info, field);
  const pages = (field: keyof typeof layout.fields): number => readPages(layout, info, field);
  const capabilities = number('capabilities');
  const capability = (bit: number): boolean => (capabilities & bit) !== 0;
  const words = readBytes(layout, info, 'hw_cap');
  return {
    threadsPerCore: number('threads_per_core'),
    coresPerSocket: number('cores_per_socket'),
    cpus: number('nr_cpus'),
    nodes: number('nr_nodes'),
    cpuKhz: number('cpu_khz'),
    capabilities: {
      hvm: capability(constants.capabilityHvm),
      pv: capability(constants.capabilityPv),
      directIo: capability(constants.capabilityDirectIo),
      hap: capability(constants.capabilityHap),
      shadow: capability(constants.capabilityShadow),
    },
    totalPages: pages('total_pages'),
    freePages: pages('free_pages'),
    scrubPages: pages('scrub_pages'),
    outstandingPages: pages('outstanding_pages'),
    hardwareCapabilities: Array.from({ length: words.length / 4 }, (_, index) => words.readUInt32LE(index * 4)),
  };
}

/** What the hypervisor says of itself: `xc_version` (xen/include/public/version.h). */
export interface XenInfo {
  readonly major: number;
  readonly minor: number;
  /** `.0`, `.4-pre` */
  readonly extra: string;
  /** `xen-3.0-x86_64 hvm-3.0-x86_32p …` */
  readonly capabilities: string;
  readonly changeset: string;
  /** The hypervisor's own command line. */
  readonly commandLine: string;
  readonly compiler: string;
  readonly compiledBy: string;
  readonly compiledAt: string;
  readonly compileDate: string;
  /** Where the hypervisor begins in a PV guest's address space. */
  readonly virtStart: bigint;
  readonly pageSizeBytes: number;
}

/** What the hypervisor says of itself. */
export async function xenInfo(xc: XcHandle): Promise<XenInfo> {
  const { constants, structs } = xc.abi;
  const ask = (command: number, answer: Buffer | null): Promise<number> =>
    xc.require('xc_version', undefined, xc.pointer, command, answer);
  const text = async (command: number, size: number): Promise<string> => {
    const answer = Buffer.alloc(size);
    await ask(command, answer);
    return readText(answer).trim();
  };
  const compile = Buffer.alloc(structs.compileInfo.size);
  await ask(constants.versionCompile, compile);
  const compileText = (field: keyof typeof structs.compileInfo.fields): string =>
    readText(readBytes(structs.compileInfo, compile, field));
  const platform = Buffer.alloc(structs.platformParameters.size);
  await ask(constants.versionPlatform, platform);
  return {
    ...unpackVersion(await ask(constants.versionVersion, null)),
    extra: await text(constants.versionExtra, constants.sizeofExtraversion),
    capabilities: await text(constants.versionCapabilities, constants.sizeofCapabilities),
    changeset: await text(constants.versionChangeset, constants.sizeofChangeset),
    commandLine: await text(constants.versionCommandLine, constants.sizeofCommandLine),
    compiler: compileText('compiler'),
    compiledBy: compileText('compile_by'),
    compiledAt: compileText('compile_domain'),
    compileDate: compileText('compile_date'),
    virtStart: readField(structs.platformParameters, platform, 'virt_start'),
    pageSizeBytes: await ask(constants.versionPageSize, null),
  };
}
