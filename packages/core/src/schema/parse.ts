import type * as z from 'zod';
import { XenImageError } from '../errors.js';

/** `options.vncTls.verify`; `the document` for its root. */
function shownPath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'the document' : path.map(String).join('.');
}

/**
 * A value checked against a schema.
 *
 * @param what - what it should be, for the message
 * @throws XenImageError `code`, naming the first thing that is wrong; all of them are in `data.issues`
 */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, code: string, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: shownPath(path), message }));
  const [first] = issues;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  throw new XenImageError(code, `${what}: ${first?.path ?? ''}: ${first?.message ?? 'is not valid'}${more}`, {
    phase: 'config',
    data: { issues },
  });
}
