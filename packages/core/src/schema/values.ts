import * as z from 'zod';

/** A whole number that is not negative. */
export const count = z.int().nonnegative();
/** A text, a number, or nothing. */
export const scalar = z.union([z.string(), z.number(), z.null()]);
/** A switch; a number other than 1 is handed to the hypervisor as it is. */
export const flag = z.union([z.boolean(), z.number()]);
/** The name of a result that an earlier action leaves. */
export const ref = z
  .strictObject({ ref: z.string() })
  .meta({ id: 'ref', description: 'a result not known yet, by name' });
/** A value, or the name of a result that stands for it. */
export const deferredNumber = z.union([z.number(), ref]);
/** What a xenstore node is told to hold; `null` removes it. */
export const storeValue = z
  .union([scalar, ref, z.strictObject({ join: ref, separator: z.string(), without: z.array(z.string()) })])
  .meta({ id: 'store-value', description: 'what a node holds; null removes it' });
/** The canonical lower-case text form of a UUID. */
export const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** A value beside the way it was spelled. */
export function spelled<T extends z.ZodType>(value: T) {
  return z.strictObject({ value, spelling: scalar });
}
