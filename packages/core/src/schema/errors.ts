import * as z from 'zod';

const phase = z.enum([
  'config',
  'plan',
  'configure',
  'reserve',
  'create',
  'build',
  'introduce',
  'device-model',
  'run',
  'destroy',
  'restore',
  'recover',
  'connect',
]);

/** An error in its JSON form. */
export const errorSchema = z
  .strictObject({
    code: z.string().describe('stable within a major version; docs/errors.md has an entry for each'),
    message: z.string(),
    phase: phase.exactOptional(),
    domain: z
      .strictObject({
        domid: z.int().exactOptional(),
        name: z.string().exactOptional(),
        uuid: z.string().exactOptional(),
      })
      .exactOptional(),
    call: z.string().exactOptional().describe('the foreign call, xenstore request or system call that failed'),
    errno: z.string().exactOptional().describe('the name of the error number, or unknown'),
    hint: z.string().exactOptional(),
    position: z
      .strictObject({ line: z.int().min(1), column: z.int().min(1), file: z.string().exactOptional() })
      .exactOptional(),
    said: z.array(z.string()).exactOptional().describe('what libxc, QEMU or another program said'),
    data: z.record(z.string(), z.unknown()).exactOptional(),
    cause: z.string().exactOptional(),
  })
  .meta({ id: 'error' });

/** Something worth telling that does not stop a plan. */
export const findingSchema = z
  .strictObject({
    code: z.string(),
    severity: z.enum(['note', 'warning', 'error']).describe('creating the domain is refused for an error'),
    message: z.string(),
    hint: z.string().exactOptional(),
    position: z
      .strictObject({ line: z.int().min(1), column: z.int().min(1), file: z.string().exactOptional() })
      .exactOptional(),
    keys: z.array(z.string()).exactOptional().describe('the options that are spoken of'),
  })
  .meta({ id: 'finding' });
