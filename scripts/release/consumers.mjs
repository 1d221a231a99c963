// What users do with a published package: install it into an empty project, load it by `import` and by `require`, run its README's
// examples (fenced blocks of `js`), and compile against its types.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const INSTALL = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];

/** Entry points with code: the names by which they are imported. */
const entriesOf = ({ name, manifest }) =>
  Object.entries(manifest.exports)
    .filter(([, target]) => target.default !== undefined)
    .map(([path]) => name + path.slice(1));

/** A CommonJS program that requires each entry point, and compares what it gets with what `import` gives. */
const requiring = (entries) => `
const assert = require('node:assert/strict');
(async () => {
  for (const name of ${JSON.stringify(entries)}) {
    const required = require(name);
    const imported = await import(name);
    assert.ok(Object.keys(required).length > 0, name + ' exports nothing');
    for (const key of Object.keys(imported)) assert.equal(required[key], imported[key], name + ': ' + key);
  }
})();
`;

/** Packages of ours that a text imports. */
const importedBy = (text) => [...text.matchAll(/from '((?:@xen-image\/)?[a-z0-9-]+)/g)].map(([, name]) => name);

/** Installs one package from the registry and uses it. @returns what went wrong */
export async function usePackage(one, names, folder, { run, env }) {
  const problems = [];
  const may = 'fail';
  const examples = [...readFileSync(join(one.folder, 'README.md'), 'utf8').matchAll(/^```js\n([\s\S]*?)^```/gm)].map(
    ([, text]) => text,
  );
  if (examples.length === 0) problems.push('its README has no example');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module' }));
  const others = examples.flatMap(importedBy).filter((name) => names.has(name));
  const installed = await run('npm', [...INSTALL, ...new Set([one.name, ...others])], { cwd: folder, env, may });
  if (installed.status !== 0) return [...problems, `npm install failed: ${installed.stderr}`];

  writeFileSync(join(folder, 'consumer.cjs'), requiring(entriesOf(one)));
  const required = await run(process.execPath, ['consumer.cjs'], { cwd: folder, may });
  if (required.status !== 0 || required.stderr !== '') problems.push(`require failed: ${required.stderr}`);
  for (const [index, text] of examples.entries()) {
    const file = `example-${index + 1}.js`;
    writeFileSync(join(folder, file), text);
    const ran = await run('timeout', ['60', process.execPath, file], { cwd: folder, may });
    if (ran.status !== 0)
      problems.push(`example ${index + 1} of its README ended with ${ran.status}: ${ran.stderr || ran.stdout}`);
  }
  return problems;
}

/** How TypeScript programs are set up that may use the packages: files are ES modules and CommonJS alike. */
const MODULES = ['nodenext', 'node20'];

/**
 * Compiles programs that import every entry point, strictly and with all declarations looked at, and runs what comes of it.
 *
 * @returns what went wrong, by the name of what was tried
 */
export async function compileAgainst(packages, folder, { run, env }, { typescript, nodeTypes }) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'typed', private: true }));
  const entries = packages.flatMap(entriesOf);
  const wanted = [`typescript@${typescript}`, `@types/node@${nodeTypes}`, ...packages.map(({ name }) => name)];
  const installed = await run('npm', [...INSTALL, ...wanted], { cwd: folder, env, may: 'fail' });
  if (installed.status !== 0) return { 'TypeScript programs': [`npm install failed: ${installed.stderr}`] };

  const uses = entries.map((_, index) => `entry${index}`).join(', ');
  const body = `const entries: object[] = [${uses}];\nfor (const entry of entries) if (Object.keys(entry).length === 0) throw new Error('nothing');\n`;
  writeFileSync(
    join(folder, 'esm.mts'),
    `${entries.map((name, index) => `import * as entry${index} from '${name}';`).join('\n')}\n${body}`,
  );
  writeFileSync(
    join(folder, 'cjs.cts'),
    `${entries.map((name, index) => `import entry${index} = require('${name}');`).join('\n')}\n${body}`,
  );
  // What a declaration lets pass as any would pass without being there at all.
  writeFileSync(
    join(folder, 'wrong.mts'),
    `import { Toolstack } from '@xen-image/core';\n// @ts-expect-error: options are needed\nnew Toolstack();\n// @ts-expect-error: there is no such plugin\nnew Toolstack({ plugins: ['x'] });\n`,
  );
  const results = {};
  const compile = async (module) => {
    const compilerOptions = {
      module,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      outDir: `out-${module}`,
    };
    writeFileSync(
      join(folder, `${module}.json`),
      JSON.stringify({ compilerOptions, files: ['esm.mts', 'cjs.cts', 'wrong.mts'] }),
    );
    const tsc = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', `${module}.json`], {
      cwd: folder,
      may: 'fail',
    });
    results[`TypeScript, module ${module}`] = tsc.status === 0 ? [] : [tsc.stdout + tsc.stderr];
    for (const file of ['esm.mjs', 'cjs.cjs']) {
      const ran = await run(process.execPath, [`out-${module}/${file}`], { cwd: folder, may: 'fail' });
      results[`TypeScript, module ${module}: ${file} runs`] = ran.status === 0 && ran.stderr === '' ? [] : [ran.stderr];
    }
  };
  await Promise.all(MODULES.map(compile));
  return results;
}
