/**
 * Writes initramfs images: the "newc" cpio format that Linux unpacks (Documentation/driver-api/early-userspace/buffer-format.rst).
 * Owner and times are zero, entries are sorted, so the same input gives the same bytes whoever runs it.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { once } from 'node:events';

type Entry =
  | { readonly kind: 'folder'; readonly mode: number }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'text'; readonly mode: number; readonly data: Buffer }
  | { readonly kind: 'file'; readonly mode: number; readonly source: string };

/** A root file system being put together. Paths are absolute, as inside the image. */
export interface RootFs {
  /** Adds a folder. Folders above any entry come by themselves. */
  folder(path: string, mode?: number): void;
  /** Adds a symbolic link. */
  link(path: string, target: string): void;
  /** Adds a file with the given contents. */
  text(path: string, data: string | Buffer, mode?: number): void;
  /** Adds a file of this machine, with its execute bits, or what a link leads to. */
  file(path: string, source: string): Promise<void>;
  /** Adds a folder of this machine with all it holds; links stay links. `keep` is asked for every path inside. */
  tree(path: string, source: string, keep?: (path: string) => boolean): Promise<void>;
  /** True when something is at this path already. */
  has(path: string): boolean;
  /** Writes the image. */
  write(file: string): Promise<void>;
}

const FILE = 0o100000;
const FOLDER = 0o040000;
const LINK = 0o120000;

/** An empty root file system. */
export function rootFs(): RootFs {
  const entries = new Map<string, Entry>();

  const put = (path: string, entry: Entry): void => {
    for (let above = dirname(path); above !== '/'; above = dirname(above)) {
      if (!entries.has(above)) entries.set(above, { kind: 'folder', mode: 0o755 });
    }
    entries.set(path, entry);
  };

  const fs: RootFs = {
    folder: (path, mode = 0o755) => {
      put(path, { kind: 'folder', mode });
    },
    link: (path, target) => {
      put(path, { kind: 'link', target });
    },
    text: (path, data, mode = 0o644) => {
      put(path, { kind: 'text', mode, data: Buffer.from(data) });
    },
    has: (path) => entries.has(path),
    async file(path, source) {
      const real = await realpath(source);
      const info = await lstat(real);
      put(path, { kind: 'file', mode: (info.mode & 0o111) === 0 ? 0o644 : 0o755, source: real });
    },
    async tree(path, source, keep = () => true) {
      put(path, { kind: 'folder', mode: 0o755 });
      for (const item of await readdir(source, { withFileTypes: true })) {
        const inside = `${path}/${item.name}`;
        const outside = join(source, item.name);
        if (!keep(inside)) continue;
        if (item.isDirectory()) await fs.tree(inside, outside, keep);
        else if (item.isSymbolicLink()) fs.link(inside, await readlink(outside));
        else if (item.isFile()) await fs.file(inside, outside);
      }
    },
    async write(file) {
      const out = createWriteStream(file);
      const send = async (data: Buffer): Promise<void> => {
        if (!out.write(data)) await once(out, 'drain');
      };
      let inode = 1;
      for (const [path, entry] of [...entries].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const size = entry.kind === 'file' ? (await lstat(entry.source)).size : bodyOf(entry).length;
        await send(header(path.slice(1), inode++, modeOf(entry), size));
        if (entry.kind === 'file')
          for await (const chunk of createReadStream(entry.source)) await send(chunk as Buffer);
        else await send(bodyOf(entry));
        await send(Buffer.alloc(padding(size)));
      }
      await send(header('TRAILER!!!', 0, 0, 0));
      out.end();
      await once(out, 'close');
    },
  };
  return fs;
}

function modeOf(entry: Entry): number {
  if (entry.kind === 'link') return LINK | 0o777;
  return (entry.kind === 'folder' ? FOLDER : FILE) | entry.mode;
}

function bodyOf(entry: Entry): Buffer {
  if (entry.kind === 'link') return Buffer.from(entry.target);
  return entry.kind === 'text' ? entry.data : Buffer.alloc(0);
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}

function header(name: string, inode: number, mode: number, size: number): Buffer {
  const nameSize = Buffer.byteLength(name) + 1;
  const nlink = 1;
  const fields = [inode, mode, 0, 0, nlink, 0, size, 0, 0, 0, 0, nameSize, 0];
  const text = '070701' + fields.map((field) => field.toString(16).padStart(8, '0')).join('') + name + '\0';
  return Buffer.concat([Buffer.from(text), Buffer.alloc(padding(Buffer.byteLength(text)))]);
}
