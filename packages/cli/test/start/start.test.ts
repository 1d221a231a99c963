import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { environment } from '../support/environment.js';
import { START } from '../support/paths.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-start-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Writes a chunk as the bundler does, of an age at which nothing is measured. */
function chunk(name: string, body: string): void {
  const path = join(directory, name);
  writeFileSync(path, `(function (exports, require, module, __load, __moduleUrl) {\n${body}})\n`);
  utimesSync(path, 1_700_000_000, 1_700_000_000);
}

/** A main chunk that says a word and ends with an exit code. */
const saying = (word: string, code = 0): void => {
  chunk('main.js', `exports.start = async () => { console.log('${word}'); process.exitCode = ${code}; };\n`);
};

/** Starts what is in the directory, in a process of its own; what it said. */
function started(words: readonly string[] = ['create'], env: Record<string, string> = {}): string {
  const command = join(directory, 'command.cjs');
  writeFileSync(command, `void require(${JSON.stringify(START)}).start(__dirname);\n`);
  const { stdout, stderr } = spawnSync(process.execPath, [command, ...words], {
    encoding: 'utf8',
    env: environment(env),
  });
  return (stdout + stderr).trim();
}

const compiled = (): string => join(directory, 'compiled');
const kept = (): string[] => (existsSync(compiled()) ? readdirSync(compiled()) : []);
const keptFile = (): string => join(compiled(), kept()[0] ?? '');

describe('the bundle', () => {
  it('is run with what its chunks load of each other, of Node and of packages', () => {
    const main = "exports.start = async () => { console.log(require('./a.js').word, (await __load('./b.js')).file); };";
    chunk('main.js', `exports.word = 'cyclic';\n${main}`);
    chunk('a.js', "const main = require('./main.js');\nexports.word = main.word;");
    chunk('b.js', "exports.file = require('node:path').basename(__moduleUrl);");
    expect(started()).toBe('cyclic b.js');
  });

  it('is compiled once for each command', () => {
    saying('first');
    expect([started(), started(), started(['list'])]).toEqual(['first', 'first', 'first']);
    expect(kept().sort()).toEqual([
      `${process.version}-${process.arch}-create`,
      `${process.version}-${process.arch}-list`,
    ]);
  });

  it('runs what was kept of it', () => {
    saying('kept');
    started();
    // V8 takes code for that of any text of the same length, and the file looks as it did.
    saying('text');
    expect(started()).toBe('kept');
  });

  it('imports a module by its URL, also from kept code', () => {
    writeFileSync(join(directory, 'plugin.mjs'), "export const word = 'imported';");
    const url = pathToFileURL(join(directory, 'plugin.mjs')).href;
    chunk(
      'main.js',
      `exports.start = async () => { console.log((await __load('${url}')).word); process.exitCode = 0; };`,
    );
    expect([started(), started()]).toEqual(['imported', 'imported']);
    expect(kept()).toHaveLength(1);
  });

  describe('is compiled anew', () => {
    beforeEach(() => {
      saying('kept');
      started();
      saying('text');
    });

    it('where a chunk was written since', () => {
      utimesSync(join(directory, 'main.js'), 1_700_000_000, 1_700_000_001);
      expect(started()).toBe('text');
      expect(started()).toBe('text');
    });

    it('where everybody could have written what was kept', () => {
      chmodSync(keptFile(), 0o666);
      expect(started()).toBe('text');
    });

    it('where everybody could have put something there', () => {
      chmodSync(compiled(), 0o777);
      expect(started()).toBe('text');
    });

    if (process.getuid?.() === 0) {
      it('where somebody else owns what was kept', () => {
        chownSync(keptFile(), 65534, 65534);
        expect(started()).toBe('text');
      });
    }

    it('where what was kept is damaged', () => {
      writeFileSync(keptFile(), 'damaged');
      expect(started()).toBe('text');
    });
  });

  it.each([
    ['of a command that failed', 1, ['create'], {}],
    ['of a command line without a command', 0, ['--help'], {}],
    ['of a command that is no name', 0, ['../../../etc/x'], {}],
    ['under options of Node that change what V8 does', 0, ['create'], { NODE_OPTIONS: '--stack-trace-limit=5' }],
  ])('is not kept %s', (_, code, words, env) => {
    saying('word', code);
    expect(started(words, env)).toBe('word');
    expect(kept()).toEqual([]);
  });

  if (process.getuid?.() === 0) {
    it('is not kept by anybody but its owner', () => {
      saying('word');
      chownSync(directory, 65534, 65534);
      expect(started()).toBe('word');
      expect(kept()).toEqual([]);
    });
  }
});
