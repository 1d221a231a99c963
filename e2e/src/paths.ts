/** Where the rig keeps things. */
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this project (`e2e/`), from which its C sources and shell scripts are read. */
export const E2E_DIR: string = resolve(fileURLToPath(new URL('..', import.meta.url)));

/** The repository's root. */
export const REPO_DIR: string = resolve(E2E_DIR, '..');

/** Downloads, images, hosts and their logs; `XEN_IMAGE_E2E_CACHE` puts it elsewhere. */
export const CACHE_DIR: string = process.env['XEN_IMAGE_E2E_CACHE'] ?? join(REPO_DIR, '.cache', 'e2e');

/** A short name for what is built from these parts: the first 12 hex digits of their SHA-256. */
export function keyOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(`${String(part.length)}\n`);
    hash.update(part);
  }
  return hash.digest('hex').slice(0, 12);
}
