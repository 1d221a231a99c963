// Bundles the xen-image command, so that it starts with a few file reads: main.js answers --version, a chunk reads the
// command line, a chunk holds what most commands share. Drivers and rare commands are chunks of their own, loaded on use.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild-wasm';
import { root } from './setup.mjs';

const cli = join(root, 'packages/cli');
const entry = join(cli, 'dist/main.js');
const outdir = join(cli, 'dist/bundle');

/** Whether a compiled file is newer than the bundle. */
function stale() {
  const bundle = join(outdir, 'main.js');
  if (!existsSync(bundle)) return true;
  const made = statSync(bundle).mtimeMs;
  return readdirSync(join(root, 'packages')).some((name) => {
    const info = join(root, 'packages', name, 'dist/.tsbuildinfo');
    return existsSync(info) && statSync(info).mtimeMs > made;
  });
}

if (existsSync(entry) && stale()) {
  const { version } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'));
  // Chunks have their content in their names: those of the last build would stay.
  rmSync(outdir, { recursive: true, force: true });
  await esbuild.build({
    entryPoints: [entry],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    legalComments: 'none',
    external: ['koffi', 'ffi-napi'],
    define: { __XEN_IMAGE_VERSION__: JSON.stringify(version) },
    // What the CommonJS libraries in it require are modules of Node's own; making a real `require` costs a millisecond.
    banner: { js: 'const require = (id) => process.getBuiltinModule(id);' },
    logLevel: 'warning',
  });
}
