import * as z from 'zod';
import { buildSpec, cpuidLeaf, hvmParam, tscMode } from './hypervisor.js';
import { deferredNumber, storeValue } from './values.js';

const section = z.string().describe("the place in the handler's sequence");
const path = z.string();
const root = z.enum(['vm', 'domain', 'device-model', 'absolute']);
const error = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().exactOptional() });
const permissions = z.array(z.strictObject({ domid: deferredNumber, read: z.boolean(), write: z.boolean() }));

const kind = <K extends string, S extends z.ZodRawShape>(name: K, shape: S) =>
  z.strictObject({ kind: z.literal(name), section, ...shape });

/** An action of core's own, or of a plugin's: those have a colon in their kind. */
export const actionSchema = z
  .union([
    z.discriminatedUnion('kind', [
      kind('set-time-offset', { offsetSeconds: z.number() }),
      kind('set-tsc-mode', { mode: tscMode }),
      kind('set-memmap-limit', { limitKib: z.number() }),
      kind('set-hvm-param', { param: hvmParam, value: deferredNumber }),
      kind('get-hvm-param', { param: hvmParam, as: z.string() }),
      kind('build', { spec: buildSpec }),
      kind('require-built', { ostype: z.string() }),
      kind('apply-cpu-policy', { overrides: z.array(cpuidLeaf) }),
      kind('set-cpuid', { leaf: cpuidLeaf }),
      kind('read-cpuid', { leaf: cpuidLeaf }),
      kind('check-cpuid', { leaf: cpuidLeaf }),
      kind('write-store', {
        root,
        path,
        entries: z.array(z.tuple([z.string(), storeValue])),
        permissions: permissions.exactOptional(),
      }),
      kind('set-store-permissions', { root, path, permissions }),
      kind('check-path', { path, want: z.enum(['file', 'exists']), error }),
      kind('require-capability', { capability: z.string(), error }),
      kind('refuse', { error }),
      kind('warn', { code: z.string(), message: z.string() }),
      kind('note', {
        key: z.string(),
        value: z.union([z.string(), z.number()]),
        replace: z.boolean().exactOptional(),
      }),
      kind('remove-file', { path }),
    ]),
    z.strictObject({
      kind: z.templateLiteral([z.string(), ':', z.string()]),
      section,
      args: z.record(z.string(), z.unknown()),
    }),
  ])
  .meta({ id: 'action' });

/** Actions in the order in which they run. */
export const actionList = z.array(actionSchema);
