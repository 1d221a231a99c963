import * as z from 'zod';
import { errorSchema } from './errors.js';
import { hostFactsSchema } from './host-facts.js';
import { planSchema, supportsSchema } from './plan.js';
import { count, uuid } from './values.js';

const simulated = z.boolean().describe('nothing of it happened on a real host');
const shutdownReason = z.enum(['poweroff', 'reboot', 'suspend', 'crash', 'watchdog', 'soft-reset']);

const listedDomain = z.strictObject({
  domid: count,
  uuid,
  container: z.enum(['pv', 'hvm']),
  paused: z.boolean(),
  running: z.boolean(),
  blocked: z.boolean(),
  dying: z.boolean(),
  shutdownReason: shutdownReason.exactOptional(),
  memoryKib: count,
  maxMemoryKib: count,
  onlineVcpus: count,
  maxVcpus: count,
  cpuTimeNs: z.string().regex(/^\d+$/).describe('a decimal number; it may be beyond what JSON numbers hold exactly'),
  name: z.string().nullable(),
  uptimeSeconds: count.nullable(),
  vncDisplay: count.nullable(),
});

const recovered = z.strictObject({
  entry: z.strictObject({
    id: z.string(),
    bootId: z.string(),
    operation: z.enum(['create', 'destroy', 'save-device-model', 'restore-device-model']),
    name: z.string(),
    uuid: z.string(),
    domid: count.exactOptional(),
    pending: z.array(z.string()),
    finish: z.enum(['resume', 'unpause', 'nothing']).exactOptional(),
    state: z.string().exactOptional(),
  }),
  outcome: z.enum(['finished', 'undone', 'failed']),
  error: errorSchema.exactOptional(),
});

const savedDomain = z.strictObject({ domid: count, uuid, name: z.string().nullable() });

const difference = z.strictObject({
  id: z.string(),
  line: z.int().min(1),
  rule: z.string(),
  step: z.string(),
  why: z.string(),
  path: z.string(),
  expected: z.unknown(),
  actual: z.unknown(),
});

const output = <S extends z.ZodRawShape>(command: string | null, shape: S) =>
  z.strictObject({ command: command === null ? z.null() : z.literal(command), ...shape });

/** What each command prints with `--json`, by the name of its schema; `error` is what any prints where it fails. */
export const OUTPUT_SCHEMAS = {
  plan: output('plan', {
    host: z.strictObject({
      source: z.enum(['this-host', 'simulated', 'file', 'built-in']),
      name: z.string(),
      facts: hostFactsSchema,
    }),
    plan: planSchema,
    deviceModelCommand: z
      .strictObject({
        program: z.string(),
        argv: z.array(z.string()).describe('without the program; <domid> stands for the domid'),
        environment: z.record(z.string(), z.string()),
        restriction: z
          .strictObject({
            chroot: z.string(),
            user: z.string(),
            ownUser: z.boolean(),
            sandbox: z.boolean(),
            runWith: z.boolean(),
          })
          .exactOptional()
          .describe('what it gives up once it has started; absent where it keeps the rights of root'),
      })
      .nullable(),
  }),
  create: output('create', {
    simulated,
    paused: z.boolean(),
    domain: z.strictObject({
      domid: count,
      name: z.string(),
      uuid,
      results: z.record(z.string(), z.unknown()).describe('what the actions left: frames, ports, notes, CPUID answers'),
      deviceModelPid: count.exactOptional(),
      vncDisplay: count.exactOptional(),
    }),
    warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
    recovered: z.array(recovered),
  }),
  destroy: output('destroy', {
    simulated,
    domain: z.strictObject({ domid: count, uuid, name: z.string().nullable() }),
  }),
  list: output('list', { simulated, domains: z.array(listedDomain) }),
  pause: output('pause', { simulated, domain: z.string() }),
  shutdown: output('shutdown', {
    simulated,
    domain: z.strictObject({ domid: count, uuid }),
    ended: z
      .enum([...shutdownReason.options, 'gone'])
      .nullable()
      .describe('how it ended; null where it was not waited for'),
  }),
  console: output('console', {
    simulated,
    domid: count,
    uuid,
    kind: z.enum(['pv', 'serial']),
    tty: z.string().describe('the terminal; --json names it and does not attach'),
  }),
  doctor: output('doctor', {
    ok: z.boolean().describe('nothing failed'),
    checks: z.array(
      z.strictObject({
        name: z.string(),
        status: z.enum(['ok', 'warning', 'failed', 'skipped']),
        said: z.string(),
        cure: z.string().exactOptional(),
      }),
    ),
  }),
  'save-device-model': output('save-device-model', { simulated, domain: savedDomain, path: z.string() }),
  'restore-device-model': output('restore-device-model', {
    simulated,
    domain: savedDomain.extend({ deviceModelPid: count, vncDisplay: count.exactOptional() }),
    path: z.string(),
  }),
  resume: output('resume', { simulated, domain: savedDomain }),
  unpause: output('unpause', { simulated, domain: z.string() }),
  watch: output('watch', {
    simulated,
    event: z.looseObject({ event: z.string() }).describe('one event a document, a document a line'),
  }),
  serve: output('serve', {
    event: z.looseObject({ event: z.enum(['listening', 'ended', 'declined']) }).describe('a document a line'),
  }),
  recover: output('recover', { simulated, recovered: z.array(recovered) }),
  handlers: output('handlers', {
    handlers: z.array(
      z.strictObject({
        arch: z.string(),
        imageType: z.string(),
        aliases: z.array(z.string()),
        plugin: z.string(),
        version: z.string().nullable(),
        replaces: z.string().nullable(),
        from: z.string().nullable().describe('the module it came from; null for those that ship with the command'),
        supports: supportsSchema,
      }),
    ),
    config: z.string().nullable().describe('the file that lists plugins'),
    plugins: z.array(
      z.strictObject({ named: z.string(), name: z.string(), version: z.string().nullable(), from: z.string() }),
    ),
    problems: z
      .array(z.strictObject({ plugin: z.string(), error: errorSchema }))
      .describe('plugins that are left out, and why'),
  }),
  'new-handler': output('new-handler', {
    name: z.string(),
    arch: z.string(),
    imageType: z.string(),
    directory: z.string(),
    files: z.array(z.string()),
  }),
  replay: output('replay', {
    passed: count,
    failed: count,
    files: z.array(
      z.strictObject({
        file: z.string(),
        passed: count,
        failed: count,
        byRule: z.record(z.string(), count),
        withBootloaderFiles: count,
        differences: z.array(difference),
      }),
    ),
  }),
  completion: output('completion', { shell: z.string(), script: z.string() }),
  version: output(null, { version: z.string() }),
  error: z.strictObject({ command: z.string().nullable(), error: errorSchema }),
} as const;

/** Host facts, which `plan --host` reads, and everything that commands print. */
export const JSON_DOCUMENTS: Readonly<Record<string, z.ZodType>> = {
  'host-facts': hostFactsSchema,
  ...OUTPUT_SCHEMAS,
};
