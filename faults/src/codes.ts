import { readFileSync } from 'node:fs';
import type { Codes } from './points/failure.js';

/** The codes that docs/errors.md has. */
export function documentedCodes(): Codes {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  return new Set([...page.matchAll(/^\| `([A-Z0-9_]+)`/gm)].map(([, code = '']) => code));
}
