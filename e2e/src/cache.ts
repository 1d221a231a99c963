/** Made files of the cache: whole or absent, kept until they are a day old and followed by others. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CACHE_DIR } from './paths.js';

/** The cached file of that name; `make` writes it, under another name until it is whole. */
export async function cached(name: string, make: (file: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE_DIR, 'images');
  const file = join(folder, name);
  if (existsSync(file)) return file;
  await mkdir(folder, { recursive: true });
  const work = await mkdtemp(`${file}.new-`);
  try {
    const made = join(work, 'file');
    await make(made);
    await rename(made, file);
    await pruneCache(folder, `${name.split('-')[0] ?? name}-`, name);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return file;
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
