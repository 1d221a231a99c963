/**
 * Replays the recorded cases on broken copies of the handlers.
 *
 * Reads `{ directory, vectors, mutants: [{ file, find, replace }] }` from its standard input and writes, for each
 * mutant, how many cases failed, or what kept it from running. The sources are compiled into `directory` as they are
 * now. A mutant has a copy of its package there with one line broken, and uses the others from beside it; a mutant of
 * core's has copies of all, since all import core.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));
const PACKAGES = ['core', 'handler-x86-pv', 'handler-x86-hvm', 'handler-ia64', 'dm-qemu', 'xend-compat'];
const COMPILER_OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  experimentalDecorators: true,
};

function sources(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function compile(text) {
  return ts.transpileModule(text, { compilerOptions: COMPILER_OPTIONS }).outputText;
}

/** Where a package stands in a tree. */
function placeOf(tree, name) {
  return join(tree, 'node_modules', '@xen-image', name);
}

/** A package's sources compiled into a tree, under the names that its exports promise. */
function compilePackage(name, tree) {
  const from = join(REPOSITORY, 'packages', name);
  const to = placeOf(tree, name);
  for (const file of sources(join(from, 'src'))) {
    const place = join(to, 'dist', relative(join(from, 'src'), file)).replace(/\.ts$/, '.js');
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, compile(readFileSync(file, 'utf8')));
  }
  cpSync(join(from, 'package.json'), join(to, 'package.json'));
}

/** Links everything that is installed, but for the packages that are compiled here. */
function linkInstalled(directory) {
  const installed = join(REPOSITORY, 'node_modules');
  mkdirSync(join(directory, 'node_modules'), { recursive: true });
  for (const name of readdirSync(installed)) {
    if (name === '@xen-image' || name.startsWith('.')) continue;
    symlinkSync(join(installed, name), join(directory, 'node_modules', name));
  }
}

async function replay(tree, text) {
  const load = (name) => {
    const own = placeOf(tree, name);
    const place = existsSync(own) ? own : placeOf(directory, name);
    return import(pathToFileURL(join(place, 'dist', 'index.js')).href);
  };
  const { replayCases } = await load('xend-compat');
  const plugins = [
    (await load('handler-x86-pv')).x86PvPlugin,
    (await load('handler-x86-hvm')).x86HvmPlugin,
    (await load('handler-ia64')).ia64Plugin,
    (await load('dm-qemu')).qemuDialectsPlugin,
  ];
  const { passed, failed, differences } = await replayCases(text, { plugins, maxDifferences: 1 });
  return { passed, failed, first: differences[0]?.id ?? null };
}

/** The tree of a mutant: its package with one line of one file replaced. */
function breakLine(tree, { file, find, replace }) {
  const [name, ...rest] = file.split('/');
  const text = readFileSync(join(REPOSITORY, 'packages', name, 'src', ...rest), 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`the line to be broken stands ${times} times in packages/${name}/src/${rest.join('/')}: ${find}`);
  for (const copied of name === 'core' ? PACKAGES : [name]) {
    cpSync(placeOf(directory, copied), placeOf(tree, copied), { recursive: true });
  }
  const place = join(placeOf(tree, name), 'dist', ...rest).replace(/\.ts$/, '.js');
  writeFileSync(place, compile(text.replace(find, () => replace)));
}

const { directory, vectors, mutants } = JSON.parse(readFileSync(0, 'utf8'));
const text = readFileSync(vectors, 'utf8');
linkInstalled(directory);
for (const name of PACKAGES) compilePackage(name, directory);
const answer = { plain: await replay(directory, text), mutants: [] };
for (const [index, mutant] of mutants.entries()) {
  const tree = join(directory, `mutant-${index}`);
  try {
    breakLine(tree, mutant);
    answer.mutants.push(await replay(tree, text));
  } catch (error) {
    answer.mutants.push({ error: String(error) });
  }
  rmSync(tree, { recursive: true });
}
process.stdout.write(JSON.stringify(answer));
