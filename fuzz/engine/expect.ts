import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isXenImageError } from '@xen-image/core';

/** The longest error that a user is told, as JSON. */
const MOST_ERROR_BYTES = 16 * 1024;

let documented: ReadonlySet<string> | undefined;

/** The codes of docs/errors.md. */
function codes(): ReadonlySet<string> {
  if (documented === undefined) {
    const root = process.env['XEN_IMAGE_ROOT'] ?? fileURLToPath(new URL('../..', import.meta.url));
    const page = readFileSync(`${root}/docs/errors.md`, 'utf8');
    documented = new Set([...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, code = '']) => code));
  }
  return documented;
}

/** Passes over a refusal as users are told it: coded, documented, of bounded length. Throws everything else. */
export function expectCoded(error: unknown): void {
  if (!isXenImageError(error)) throw error;
  if (!codes().has(error.code)) throw new Error(`the code ${error.code} is not in docs/errors.md`, { cause: error });
  const { length } = JSON.stringify(error);
  if (length > MOST_ERROR_BYTES) throw new Error(`an error ${error.code} of ${length} bytes`, { cause: error });
}

/** Throws where something does not hold. */
export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

/** Work that must settle within this time; it may fail as users are told. */
export async function expectSettled<T>(work: Promise<T>, what: string, withinMs = 5000): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} does not end`));
    }, withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    expectCoded(error);
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Throws where objects in general have got something that they had not. */
export function expectUnpolluted(): void {
  for (const key in {}) throw new Error(`Object.prototype has ${key}`);
}
