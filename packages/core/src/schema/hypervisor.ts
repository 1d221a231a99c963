import * as z from 'zod';
import { HVM_PARAMS, type HvmParam } from '../contract/ports/hvm-params.js';
import { count, deferredNumber, flag, spelled, uuid } from './values.js';

const mask = z.string().describe('32 characters, from bit 31 to bit 0: 1, 0, x, k or s');

/** Masks for one CPUID leaf. */
export const cpuidLeaf = z
  .strictObject({
    key: z.string(),
    leaf: z.number(),
    subleaf: z.number().nullable(),
    masks: z.strictObject({
      eax: mask.exactOptional(),
      ebx: mask.exactOptional(),
      ecx: mask.exactOptional(),
      edx: mask.exactOptional(),
    }),
  })
  .meta({ id: 'cpuid-leaf' });

/** Emulation of the time stamp counter. */
export const tscMode = z.enum(['default', 'always', 'never']);

/** The name of an HVM parameter. */
export const hvmParam = z.enum(Object.keys(HVM_PARAMS) as [HvmParam, ...HvmParam[]]);
/** HVM parameters with their values. */
export const hvmParams = z.partialRecord(hvmParam, z.number());

const bytes = z.number().nonnegative();
const blob = z.strictObject({ data: z.strictObject({ base64: z.base64() }), addressBytes: bytes.exactOptional() });

/** Everything that the build of a guest needs. */
export const buildSpec = z
  .strictObject({
    container: z.enum(['pv', 'hvm']),
    kernel: z.string().nullable(),
    ramdisk: spelled(z.string().nullable()).exactOptional(),
    modules: z.array(z.strictObject({ path: z.string(), commandLine: z.string().exactOptional() })).exactOptional(),
    commandLine: z.string(),
    features: z.string(),
    targetMib: z.number(),
    maximumMib: z.number(),
    extents: spelled(z.enum(['best', 'all2M'])),
    vcpus: z.int(),
    memoryMap: z
      .array(
        z.strictObject({
          addressBytes: bytes,
          sizeBytes: bytes,
          kind: z.enum(['ram', 'reserved', 'acpi', 'nvs', 'unusable']),
        }),
      )
      .exactOptional(),
    mmioHole: z.strictObject({ startBytes: bytes, sizeBytes: bytes }).exactOptional(),
    vgaHole: z.boolean().exactOptional(),
    deviceModel: z.boolean().exactOptional(),
    firmware: z.string().exactOptional(),
    acpi: z.array(blob).exactOptional(),
    hvmInfo: z.strictObject({ acpi: flag, apic: flag, vcpus: z.int() }).exactOptional(),
    channels: z.strictObject({ store: deferredNumber, console: deferredNumber }),
    vhpt: z.number().exactOptional(),
  })
  .meta({ id: 'build-spec' });

/** What a domain is made of before it has memory. */
export const domainSpec = z.strictObject({
  uuid,
  container: z.enum(['pv', 'hvm']),
  hap: z.boolean(),
  emulation: z.enum(['none', 'lapic', 'hvm']),
  maxVcpus: count,
  maxEvtchnPort: count.exactOptional(),
});
