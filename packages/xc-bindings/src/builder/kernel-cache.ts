import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Kernels that were unpacked once, by what is in their files. */
export interface KernelCache {
  /**
   * Runs `work` with the unpacked kernel of a file where it is kept, and keeps what `work` unpacked where it is not.
   *
   * Of several at once for a file that is not known one unpacks, and the others wait for what it gets; where it fails, the
   * next one tries.
   * @param work - answers what was unpacked, or `undefined` where the file holds just that and nothing is to be kept; it need
   * not look where its answer is not `wanted`
   */
  load(path: string, work: (kept: Buffer | undefined, wanted: boolean) => Promise<Buffer | undefined>): Promise<void>;
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
 * again only when its inode, size or times say that it may have changed. A kernel that is just its file is keyed by these:
 * to tell its content from another's takes longer than to load it again.
 * @param limitBytes - what all kept kernels together may take
 */
export function kernelCache(limitBytes = DEFAULT_LIMIT_BYTES): KernelCache {
  const kernels = new Map<string, Buffer>();
  const digests = new Map<string, { readonly identity: string; readonly digest: Promise<string> }>();

  /** Files of which nothing is kept: they are not worth it, or too large. Nobody waits for one of them. */
  const unkept = new Map<string, string>();
  const loading = new Map<string, Promise<void>>();

  const keyOf = async (path: string, identity: string): Promise<string> => {
    const known = digests.get(path);
    if (known?.identity === identity) return known.digest;
    const digest = digestOf(path);
    digests.set(path, { identity, digest });
    digest.catch(() => digests.delete(path));
    return digest;
  };
  const usedBytes = (): number => [...kernels.values()].reduce((sum, kernel) => sum + kernel.length, 0);

  const find = async (path: string, identity: string): Promise<Buffer | undefined> => {
    if (kernels.size === 0) return undefined;
    const key = kernels.has(identity) ? identity : await keyOf(path, identity);
    const kernel = kernels.get(key);
    if (kernel === undefined) return undefined;
    kernels.delete(key);
    kernels.set(key, kernel);
    return kernel;
  };
  const keep = async (path: string, identity: string, kernel: Buffer | undefined): Promise<void> => {
    if (kernel === undefined || kernel.length > limitBytes) {
      unkept.set(path, identity);
      return;
    }
    const key = kernel.length === sizeOf(identity) ? identity : await keyOf(path, identity);
    kernels.delete(key);
    for (const oldest of kernels.keys()) {
      if (usedBytes() + kernel.length <= limitBytes) break;
      kernels.delete(oldest);
    }
    kernels.set(key, kernel);
  };

  return {
    async load(path, work) {
      for (;;) {
        const identity = await identityOf(path);
        const known = unkept.get(path) === identity;
        const kept = known ? undefined : await find(path, identity);
        if (known || kept !== undefined) {
          await work(kept, false);
          return;
        }
        const other = loading.get(identity);
        if (other === undefined) {
          const own = work(undefined, true).then((kernel) => keep(path, identity, kernel));
          loading.set(identity, own);
          try {
            await own;
          } finally {
            loading.delete(identity);
          }
          return;
        }
        await other.catch(() => undefined);
      }
    },
  };
}

/** The size of a file, in bytes, by its identity. */
function sizeOf(identity: string): number {
  return Number(identity.split(':')[2]);
}

/** What changes when a file does. A file that cannot be looked at is left to whoever reads it, whose error says more. */
async function identityOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return `none:${path}`;
  }
}
