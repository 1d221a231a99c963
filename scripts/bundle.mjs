// Bundles the xen-image command, so that it starts with a few file reads: main.js answers --version, a chunk reads the
// command line, a chunk holds what most commands share. Drivers and rare commands are chunks of their own, loaded on use.
// Each chunk becomes a program for node:vm, which takes compiled code that was kept; start.cjs is what loads them.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild-wasm';
import { root } from './setup.mjs';

const cli = join(root, 'packages/cli');
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

const settings = { platform: 'node', target: 'node20', minifySyntax: true, legalComments: 'none', logLevel: 'warning' };

/** A chunk as the function expression that packages/cli/src/start/chunks.ts runs. */
async function asProgram(text) {
  const { code } = await esbuild.transform(text, { ...settings, format: 'cjs' });
  // A program that comes from kept code has no `import()` of its own.
  const body = code.replaceAll(/\bimport\(/g, '__load(');
  return `(function (exports, require, module, __load, __moduleUrl) {\n${body}})\n`;
}

if (existsSync(join(cli, 'dist/main.js')) && stale()) {
  const { version } = JSON.parse(readFileSync(join(cli, 'package.json'), 'utf8'));
  // Chunks have their content in their names: those of the last build would stay, and compiled code with them.
  rmSync(outdir, { recursive: true, force: true });
  const __XEN_IMAGE_VERSION__ = JSON.stringify(version);
  const bundling = { ...settings, absWorkingDir: root, metafile: true, outdir, bundle: true };
  const { metafile } = await esbuild.build({
    ...bundling,
    entryPoints: [join(cli, 'dist/main.js')],
    splitting: true,
    format: 'esm',
    external: ['koffi', 'ffi-napi'],
    define: { __XEN_IMAGE_VERSION__, 'import.meta.url': '__moduleUrl' },
  });
  for (const output of Object.keys(metafile.outputs)) {
    const path = join(root, output);
    writeFileSync(path, await asProgram(readFileSync(path, 'utf8')));
  }
  await esbuild.build({
    ...bundling,
    entryPoints: [join(cli, 'dist/start/start.js')],
    format: 'cjs',
    // No module of it has an address.
    define: { __XEN_IMAGE_VERSION__, 'import.meta.url': '""' },
    outExtension: { '.js': '.cjs' },
  });
  writeFileSync(join(outdir, 'LICENSES.txt'), licences(Object.keys(metafile.inputs)));
}
