#!/usr/bin/env node
/**
 * Writes the ABI tables from a git directory of Xen's sources:
 *
 *     node packages/xc-bindings/scripts/abi/generate.mjs xen.git
 *
 * Needs git, tar, python3 (Xen makes two of its headers with it) and g++. Every release of a minor version is looked at:
 * they have to agree, but for functions that gained arguments, of which a table then lists each prototype.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { probe } from './probe.mjs';

const MINORS = ['4.16', '4.17', '4.18', '4.19', '4.20', '4.21', '4.22'];
const TABLES = fileURLToPath(new URL('../../src/abi/tables/', import.meta.url));

const [gitDirectory] = process.argv.slice(2);
if (gitDirectory === undefined) {
  process.stderr.write('usage: generate.mjs GIT-DIRECTORY-OF-XEN\n');
  process.exit(2);
}

mkdirSync(TABLES, { recursive: true });
for (const minor of MINORS) {
  const releases = releasesOf(minor);
  const probes = releases.map((release) => probeRelease(release));
  await writeTable(minor, releases, merge(minor, releases, probes));
  process.stdout.write(`${minor}: ${releases.join(' ')}\n`);
}

function git(...args) {
  return execFileSync('git', ['--git-dir', gitDirectory, ...args], { maxBuffer: 1 << 28 });
}

function releasesOf(minor) {
  const tags = git('tag', '--list', `RELEASE-${minor}.*`).toString().split('\n').filter(Boolean);
  const point = (release) => Number(release.split('.')[2]);
  return tags.map((tag) => tag.slice('RELEASE-'.length)).sort((one, other) => point(one) - point(other));
}

/** Lays the headers of a release out as they are installed, and asks the compiler. */
function probeRelease(release) {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-headers-'));
  try {
    const archive = git('archive', `RELEASE-${release}`, 'xen/include/public', 'tools/include');
    execFileSync('tar', ['-x', '-C', directory], { input: archive });
    const includes = join(directory, 'include');
    cpSync(join(directory, 'xen/include/public'), join(includes, 'xen'), { recursive: true });
    const tools = join(directory, 'tools/include');
    for (const header of readdirSync(tools).filter((name) => name.endsWith('.h'))) {
      cpSync(join(tools, header), join(includes, header));
    }
    makeForeignHeaders(directory, join(includes, 'xen/foreign'));
    return probe(includes);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function makeForeignHeaders(directory, foreign) {
  mkdirSync(foreign, { recursive: true });
  const maker = join(directory, 'tools/include/xen-foreign/mkheader.py');
  const headers = join(directory, 'xen/include/public');
  for (const arch of ['x86_32', 'x86_64']) {
    const sources = [`arch-x86/xen-${arch}.h`, 'arch-x86/xen.h', 'xen.h'].map((name) => join(headers, name));
    // The include guard is made of the output's name, so it is given without a directory.
    execFileSync('python3', [maker, arch, `${arch}.h`, ...sources], { cwd: foreign });
    const file = join(foreign, `${arch}.h`);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/\(__align8__ (uint64_t)\)/g, '($1)'));
  }
}

/** One table of what all releases of a minor version say. */
function merge(minor, releases, probes) {
  const [first] = probes;
  const functions = {};
  for (const [index, found] of probes.entries()) {
    for (const part of ['constants', 'structs']) {
      if (JSON.stringify(found[part]) !== JSON.stringify(first[part])) {
        throw new Error(`${part} of ${releases[index]} are not those of ${releases[0]}`);
      }
    }
    for (const [name, prototype] of Object.entries(found.functions)) {
      functions[name] = [...new Set([...(functions[name] ?? []), prototype])];
    }
  }
  for (const [name, prototypes] of Object.entries(functions)) {
    const longest = [...prototypes].sort((one, other) => other.length - one.length)[0];
    const grown = prototypes.every((prototype) => longest.startsWith(prototype.slice(0, -1)));
    if (!grown) throw new Error(`${name} changed within ${minor} by more than added arguments`);
  }
  return { ...first, functions };
}

async function writeTable(minor, releases, { constants, structs, functions }) {
  const name = `xen${minor.replace('.', '_')}`;
  const table = { version: minor, releases, constants, structs, functions };
  const text = `// Made by scripts/abi/generate.mjs from the headers of Xen ${releases[0]} to ${releases.at(-1)}, x86-64; not to be edited.
import type { AbiTable } from '../table.js';

/** Xen ${minor}, x86-64. */
export const ${name}: AbiTable = ${JSON.stringify(table)};
`;
  const file = join(TABLES, `xen-${minor}.ts`);
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}
