import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Kernels that were unpacked once, by what is in their files. */
export interface KernelCache {
  /** The unpacked kernel of a file's content, where it is kept. */
  find(path: string): Promise<Buffer | undefined>;
  /** Keeps an unpacked kernel; others go where there is no room. One that is larger than the cache is not kept. */
  keep(path: string, kernel: Buffer): Promise<void>;
}

/** Enough for a handful of distribution kernels, which unpack to about 50 MiB. */
const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024;

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/**
 * A cache keyed by content: a file that was replaced under the same name is another kernel. A file's content is read
 * again only when its inode, size or times say that it may have changed.
 * @param limitBytes - what all kept kernels together may take
 */
export function kernelCache(limitBytes = DEFAULT_LIMIT_BYTES): KernelCache {
  const kernels = new Map<string, Buffer>();
  const digests = new Map<string, { readonly identity: string; readonly digest: Promise<string> }>();

  const keyOf = async (path: string): Promise<string> => {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    const identity = [dev, ino, size, mtimeNs, ctimeNs].join(':');
    const known = digests.get(path);
    if (known?.identity === identity) return known.digest;
    const digest = digestOf(path);
    digests.set(path, { identity, digest });
    digest.catch(() => digests.delete(path));
    return digest;
  };
  const usedBytes = (): number => [...kernels.values()].reduce((sum, kernel) => sum + kernel.length, 0);

  return {
    async find(path) {
      if (!digests.has(path) && kernels.size === 0) return undefined;
      const key = await keyOf(path);
      const kernel = kernels.get(key);
      if (kernel === undefined) return undefined;
      kernels.delete(key);
      kernels.set(key, kernel);
      return kernel;
    },
    async keep(path, kernel) {
      if (kernel.length > limitBytes) return;
      const key = await keyOf(path);
      kernels.delete(key);
      for (const oldest of kernels.keys()) {
        if (usedBytes() + kernel.length <= limitBytes) break;
        kernels.delete(oldest);
      }
      kernels.set(key, kernel);
    },
  };
}
