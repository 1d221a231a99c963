/**
 * Replays the recorded cases on broken copies of the handlers.
 *
 * Reads `{ directory, vectors, mutants: [{ file, find, replace }] }` from its standard input and writes, for each
 * mutant, how many cases failed, or what kept it from running. Each mutant has a tree of its own in `directory`, made of
 * the sources as they are now but for one line; what is not compiled anew is linked to.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

/** A package's sources compiled into a tree, under the names that its exports promise. */
function compilePackage(name, tree) {
  const from = join(REPOSITORY, 'packages', name);
  const to = join(tree, 'node_modules', '@xen-image', name);
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
  const load = (name) => import(pathToFileURL(join(tree, 'node_modules', '@xen-image', name, 'dist', 'index.js')).href);
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

/** The tree of a mutant: a copy of the plain one with one line of one file replaced. */
function breakLine(plain, tree, { file, find, replace }) {
  const [name, ...rest] = file.split('/');
  const text = readFileSync(join(REPOSITORY, 'packages', name, 'src', ...rest), 'utf8');
  const times = text.split(find).length - 1;
  if (times !== 1)
    throw new Error(`the line to be broken stands ${times} times in packages/${name}/src/${rest.join('/')}: ${find}`);
  cpSync(join(plain, 'node_modules'), join(tree, 'node_modules'), { recursive: true });
  const place = join(tree, 'node_modules', '@xen-image', name, 'dist', ...rest).replace(/\.ts$/, '.js');
  writeFileSync(place, compile(text.replace(find, () => replace)));
}

const { directory, vectors, mutants } = JSON.parse(readFileSync(0, 'utf8'));
const text = readFileSync(vectors, 'utf8');
linkInstalled(directory);
const plain = join(directory, 'plain');
for (const name of PACKAGES) compilePackage(name, plain);
const answer = { plain: await replay(plain, text), mutants: [] };
for (const [index, mutant] of mutants.entries()) {
  const tree = join(directory, `mutant-${index}`);
  try {
    breakLine(plain, tree, mutant);
    answer.mutants.push(await replay(tree, text));
  } catch (error) {
    answer.mutants.push({ error: String(error) });
  }
  rmSync(tree, { recursive: true });
}
process.stdout.write(JSON.stringify(answer));
