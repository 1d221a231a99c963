// Bundles the xen-image command, so that it starts with one file read. Drivers stay outside and are loaded on use.
import { readFileSync, statSync, existsSync, readdirSync } from 'node:fs';
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
  await esbuild.build({
    entryPoints: [entry],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minifySyntax: true,
    keepNames: true,
    legalComments: 'none',
    external: ['koffi', 'ffi-napi'],
    define: { __XEN_IMAGE_VERSION__: JSON.stringify(version) },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}
