import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';

/** What V8 made of one chunk of the bundle, and the file that it was made of. */
export interface KeptChunk {
  readonly name: string;
  /** Size of the chunk's file in bytes. */
  readonly sizeBytes: number;
  /** When the chunk's file was written, in milliseconds since 1970. */
  readonly mtimeMs: number;
  /** What `vm.Script.createCachedData` gave. */
  readonly code: Buffer;
}

type Header = readonly (readonly [name: string, sizeBytes: number, mtimeMs: number, codeBytes: number])[];

const LENGTH_BYTES = 4;
const WRITABLE_BY_OTHERS = 0o022;

/** Whether nobody but root and the user could have written what has this owner and these rights. */
function isTrusted({ uid, mode }: Stats, user: number): boolean {
  return (uid === 0 || uid === user) && (mode & WRITABLE_BY_OTHERS) === 0;
}

/**
 * The code that was kept in a file, by the chunks' names; nothing where there is none, where it is damaged, and where
 * anybody but root or the user could have written the file or its directory.
 */
export function readKeptCode(path: string, user: number): ReadonlyMap<string, KeptChunk> {
  try {
    if (!isTrusted(lstatSync(dirname(path)), user)) return new Map();
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const info = fstatSync(file);
      if (!info.isFile() || !isTrusted(info, user)) return new Map();
      return new Map(unpack(readFileSync(file)).map((chunk) => [chunk.name, chunk]));
    } finally {
      closeSync(file);
    }
  } catch {
    // Kept code makes a start faster and nothing else: whatever is wrong with it, the chunks are compiled anew.
    return new Map();
  }
}

function unpack(bytes: Buffer): KeptChunk[] {
  const headerEnd = LENGTH_BYTES + bytes.readUInt32LE(0);
  const header = JSON.parse(bytes.toString('utf8', LENGTH_BYTES, headerEnd)) as Header;
  let end = headerEnd;
  const chunks = header.map(([name, sizeBytes, mtimeMs, codeBytes]) => {
    const start = end;
    end += codeBytes;
    return { name, sizeBytes, mtimeMs, code: bytes.subarray(start, end) };
  });
  if (end !== bytes.length) throw new RangeError(`${bytes.length} bytes are not the ${end} that were kept`);
  return chunks;
}

function pack(chunks: readonly KeptChunk[]): Buffer {
  const header: Header = chunks.map(({ name, sizeBytes, mtimeMs, code }) => [name, sizeBytes, mtimeMs, code.length]);
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, ...chunks.map(({ code }) => code)]);
}

/**
 * Keeps code in a file whose directory is made where there is none. The file is there wholly or not at all. Throws what
 * the file system refuses with.
 */
export function writeKeptCode(path: string, chunks: readonly KeptChunk[]): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const unfinished = `${path}.${process.pid}`;
  const file = openSync(unfinished, 'wx', 0o644);
  try {
    // Whatever the mask of whoever runs the command first: all read it, and one alone writes it.
    fchmodSync(file, 0o644);
    writeFileSync(file, pack(chunks));
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
