import * as z from 'zod';
import { DEVICE_MODEL_SECTIONS } from '../contract/device-model.js';
import { actionList } from './actions.js';
import { configSchema } from './config.js';
import { findingSchema } from './errors.js';
import { domainSpec, hvmParams, tscMode } from './hypervisor.js';

const figure = z
  .strictObject({
    name: z.string(),
    value: z.number(),
    unit: z.enum(['KiB', 'MiB']),
    formula: z.string(),
    inputs: z.record(z.string(), z.number()),
  })
  .meta({ id: 'figure' });

/** What a handler can do. */
export const supportsSchema = z.strictObject({
  container: z.enum(['pv', 'hvm']),
  deviceModel: z.boolean(),
  restore: z.boolean(),
  cpuid: z.boolean(),
  superpages: z.boolean(),
});

const policy = z
  .strictObject({
    memory: z.strictObject({
      videoRam: z.enum(['within', 'on-top']),
      stubdomVideoRam: z.boolean(),
      maxMemorySlackKib: z.number().nullable(),
      memmapSlackKib: z.number(),
      pagingPool: z.enum(['static-maximum', 'by-container']),
      iommuKibPerMib: z.number(),
      overheadKib: z.strictObject({ pv: z.number(), hvm: z.number() }),
      overheadKibPerVcpu: z.strictObject({ pv: z.number(), hvm: z.number() }).optional(),
    }),
    cpuid: z.strictObject({ masks: z.enum(['with-policy', 'per-leaf']), step: z.enum(['beforeBuild', 'afterBuild']) }),
    hvm: z.strictObject({
      params: hvmParams,
      pae: z.enum(['param', 'cpuid']),
      storeRing: z.enum(['toolstack', 'builder']),
    }),
    tscMode: tscMode.nullable(),
    deviceModel: z.strictObject({ memorySize: z.boolean(), tapPipes: z.boolean().exactOptional() }),
    fileChecks: z.strictObject({ floppies: z.boolean(), firmware: z.boolean() }),
    checks: z.enum(['first', 'in-order']),
    refuseUnevenSuperpages: z.boolean(),
  })
  .meta({ id: 'policy' });

const deviceModelArgument = z
  .looseObject({ arg: z.string() })
  .meta({ id: 'device-model-argument', description: 'one thing the device model is told, without its spelling' });

const deviceModelArguments = z.strictObject(
  Object.fromEntries(DEVICE_MODEL_SECTIONS.map((section) => [section, z.array(deviceModelArgument)])) as {
    [section in (typeof DEVICE_MODEL_SECTIONS)[number]]: z.ZodArray<typeof deviceModelArgument>;
  },
);

/** A plan in its JSON form. */
export const planSchema = z
  .strictObject({
    config: configSchema,
    profile: z.string(),
    policy,
    handler: z.strictObject({
      plugin: z.string(),
      arch: z.string(),
      imageType: z.string(),
      supports: supportsSchema,
    }),
    ostype: z.string(),
    domain: domainSpec,
    memory: z.strictObject({
      initialReservation: figure,
      maximumReservation: figure,
      available: figure,
      maxMemory: figure,
      memmapLimit: figure.exactOptional(),
      pagingPool: figure,
      iommuReserve: figure,
      freeNeeded: figure,
    }),
    actions: z.strictObject({
      configure: actionList,
      beforeBuild: actionList,
      build: actionList,
      afterBuild: actionList,
      finish: actionList,
      restore: actionList,
      cleanup: actionList,
    }),
    records: z.strictObject({
      created: actionList,
      built: actionList,
      introduced: actionList,
      remove: z.array(z.strictObject({ root: z.enum(['vm', 'domain', 'device-model', 'absolute']), path: z.string() })),
    }),
    deviceModel: z.strictObject({
      program: z.string().nullable(),
      args: deviceModelArguments,
      environment: z.record(z.string(), z.string()),
      vncPassword: z.string().nullable().describe('<secret> where there is one'),
      dialect: z.string(),
    }),
    findings: z.array(findingSchema),
  })
  .meta({ id: 'plan' });
