// Bundles the xen-image command, so that it starts with a few file reads: main.js answers --version, a chunk reads the
// command line, a chunk holds what most commands share. Drivers and rare commands are chunks of their own, loaded on use.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** The licences of the libraries that went into the bundle: most ask that they go wherever a copy of the code goes. */
function licences(inputs) {
  const folders = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  const texts = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((each) => /^licen[cs]e/i.test(each));
    if (file === undefined) throw new Error(`${name} is bundled and has no licence file`);
    return `${name} ${version} (${license})\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
  });
  return `Libraries in this bundle, each with its licence.\n\n${texts.sort().join(`\n${'-'.repeat(80)}\n\n`)}`;
}

if (existsSync(entry) && stale()) {
  const { version } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'));
  // Chunks have their content in their names: those of the last build would stay.
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    metafile: true,
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
  writeFileSync(join(outdir, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));
}
