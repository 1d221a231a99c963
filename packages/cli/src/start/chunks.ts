import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import type { KeptChunk } from './kept-code.js';

type Exports = Readonly<Record<string, unknown>>;

/** What a chunk's file is as a program: a function of what a CommonJS module finds around it. */
type Chunk = (
  exports: unknown,
  require: (name: string) => unknown,
  module: { exports: unknown },
  load: (name: string) => Promise<unknown>,
  moduleUrl: string,
) => void;

interface Compiled {
  readonly script: Script;
  readonly name: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** The chunks of a bundle, each compiled at most once: from code that was kept, where V8 takes it. */
export class Chunks {
  readonly #directory: string;
  readonly #kept: ReadonlyMap<string, KeptChunk>;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #compiled: Compiled[] = [];
  readonly #outside: NodeJS.Require;
  #allKept = true;

  constructor(directory: string, kept: ReadonlyMap<string, KeptChunk>) {
    this.#directory = directory;
    this.#kept = kept;
    this.#outside = createRequire(join(directory, 'main.js'));
  }

  /** Whether all chunks so far came from kept code. */
  get allKept(): boolean {
    return this.#allKept;
  }

  /** What a chunk (`./NAME.js`), a module of Node or an installed package exports. */
  require(name: string): Exports {
    if (!name.startsWith('./')) return this.#outside(name) as Exports;
    const present = this.#modules.get(name);
    if (present !== undefined) return present.exports as Exports;
    const module = { exports: {} as unknown };
    this.#modules.set(name, module);
    const path = join(this.#directory, name);
    const run = this.#compile(name, path).runInThisContext() as Chunk;
    const require = (other: string): unknown => this.require(other);
    const load = (other: string): Promise<unknown> => Promise.resolve().then(() => this.#import(other));
    run(module.exports, require, module, load, pathToFileURL(path).href);
    return module.exports as Exports;
  }

  /** What `import(name)` gives: of a chunk, of a module by its URL (a plugin), of a package, which is CommonJS. */
  #import(name: string): unknown {
    if (name.startsWith('./')) return this.require(name);
    return name.startsWith('file:') ? import(name) : { default: this.require(name) };
  }

  #compile(name: string, path: string): Script {
    const file = openSync(path, 'r');
    let source: string;
    let info: { readonly size: number; readonly mtimeMs: number };
    try {
      info = fstatSync(file);
      // The bundler writes ASCII alone.
      source = readFileSync(file, 'latin1');
    } finally {
      closeSync(file);
    }
    const kept = this.#kept.get(name);
    // V8 itself knows a program by its length alone.
    const current = kept?.sizeBytes === info.size && kept.mtimeMs === info.mtimeMs;
    const script = new Script(source, {
      filename: path,
      ...(current ? { cachedData: kept.code } : {}),
    });
    if (!current || script.cachedDataRejected === true) this.#allKept = false;
    this.#compiled.push({ script, name, sizeBytes: info.size, mtimeMs: info.mtimeMs });
    return script;
  }

  /** The code of all chunks so far, with what ran of it compiled. */
  code(): KeptChunk[] {
    return this.#compiled.map(({ script, ...file }) => ({ ...file, code: script.createCachedData() }));
  }
}
