/** Where the rig keeps things. */
import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
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

/** What nothing has changed for this long is not in the making, nor about to be started from. */
const STALE_MS = 24 * 3600 * 1000;

/** Removes from a folder of the cache what starts with `prefix` and is a day old, but for `keep`. */
export async function pruneCache(folder: string, prefix: string, keep: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(prefix) || name === keep) continue;
    const path = join(folder, name);
    const changed = await stat(path).catch(() => undefined);
    if (changed !== undefined && Date.now() - changed.mtimeMs > STALE_MS)
      await rm(path, { recursive: true, force: true });
  }
}
