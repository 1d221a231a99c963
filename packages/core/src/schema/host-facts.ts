import * as z from 'zod';
import type { HostFacts } from '../contract/host-facts.js';

const count = z.int().nonnegative();
const path = z.string().min(1);

/**
 * Host facts as a file holds them: all that planning knows of a host, for plans on another machine. Keys beyond these
 * are refused, so that a misspelled one is not passed over.
 */
export const hostFactsSchema = z
  .strictObject({
    arch: z.string().min(1).describe('x86 (which covers x86_64), or another name that a handler is registered for'),
    hypervisor: z.strictObject({
      version: z
        .string()
        .regex(/^\d+\.\d+$/)
        .nullable()
        .describe('major.minor, where known'),
      capabilities: z.string().describe('the capabilities text, as xl info shows it: xen-3.0-x86_64 hvm-3.0-x86_64 …'),
      hap: z.boolean().describe('whether HVM guests can have hardware-assisted paging'),
    }),
    clock: z.strictObject({
      nowEpochSeconds: count,
      zoneOffsetSeconds: z.int().min(-86_400).max(86_400).describe('seconds east of UTC, now'),
    }),
    options: z.strictObject({
      vncPassword: z.string().nullable(),
      vncListen: z.string(),
      vncTls: z.strictObject({ certificateDirectory: path, verify: z.boolean() }).nullable(),
      deviceModel: path.describe('the program of device models'),
      hvmloader: path,
      seabios: path.nullable(),
      ovmf: path.nullable(),
      defaultBridge: z.string().min(1),
    }),
    bridges: z.array(z.string()),
    totalMemoryKib: count.nullable(),
    freeMemoryKib: count.nullable(),
    cpus: count.nullable(),
  })
  .meta({ id: 'host-facts', title: 'Facts of a Xen host' }) satisfies z.ZodType<HostFacts>;
