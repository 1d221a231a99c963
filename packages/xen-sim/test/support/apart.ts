import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

/** The sources of this package, bundled for processes of their own. */
export interface Apart {
  /** Runs a script that has `host`, `drive` and `spec` of the tests' support, and answers its standard output. */
  run(script: string): Promise<string>;
  /** Starts such a script. */
  start(script: string): ChildProcess;
  remove(): void;
}

/** Bundles the sources as they are now. */
export function bundleApart(): Apart {
  const directory = mkdtempSync(join(tmpdir(), 'xen-sim-apart-'));
  const bundle = join(directory, 'sim.cjs');
  const esbuild = createRequire(import.meta.url).resolve('esbuild-wasm/bin/esbuild');
  execFileSync(process.execPath, [
    esbuild,
    join(PACKAGE, 'test/support/host.ts'),
    ...['--bundle', '--platform=node', '--format=cjs', '--log-level=error', '--main-fields=module,main'],
    `--alias:@xen-image/core=${join(PACKAGE, '../core/src/plugin.ts')}`,
    `--outfile=${bundle}`,
  ]);
  let scripts = 0;
  const start = (script: string): ChildProcess => {
    const file = join(directory, `${++scripts}.mjs`);
    writeFileSync(
      file,
      `import { existsSync } from 'node:fs';\nimport { newHost, domainSpec, buildGuest } from ${JSON.stringify(bundle)};\n${script}`,
    );
    return spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
  };
  return {
    start,
    run: (script) =>
      new Promise((resolve, reject) => {
        const child = start(script);
        let output = '';
        child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
        child.on('close', (status) => {
          if (status === 0) resolve(output);
          else reject(new Error(`the script ended with status ${String(status)}`));
        });
      }),
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
