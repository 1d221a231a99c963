import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XenImageError } from '@xen-image/core';
import type { HandlerNames } from './names.js';

/** This package's directory: the nearest above with a package.json, from sources, compiled files and the bundle alike. */
function packageDirectory(from = dirname(fileURLToPath(import.meta.url))): string {
  return existsSync(join(from, 'package.json')) ? from : packageDirectory(dirname(from));
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** What stands in the template's places. */
async function words({ name, imageType }: HandlerNames, arch: string): Promise<Readonly<Record<string, string>>> {
  const manifest = JSON.parse(await readFile(join(packageDirectory(), 'package.json'), 'utf8')) as Manifest;
  const ranges = { ...manifest.devDependencies, ...manifest.dependencies };
  const range = (of: string): string => ranges[`@xen-image/${of}`] ?? '*';
  return {
    __NAME__: name,
    __TYPE__: imageType,
    __ARCH__: arch,
    __CORE__: range('core'),
    __TESTKIT__: range('handler-testkit'),
    __SIM__: range('xen-sim'),
  };
}

/**
 * Writes the package of a new handler into a directory, which is made.
 *
 * @returns the paths of the files, below the directory
 * @throws XenImageError `NEW_HANDLER_EXISTS` where something stands there already
 */
export async function writeHandler(directory: string, names: HandlerNames, arch: string): Promise<readonly string[]> {
  if (existsSync(directory) && (await readdir(directory)).length > 0) {
    throw new XenImageError('NEW_HANDLER_EXISTS', `${directory} is there already, and not empty`, {
      hint: 'Give another name, or --directory.',
    });
  }
  const template = join(packageDirectory(), 'template');
  const replaced = await words(names, arch);
  const written: string[] = [];
  for (const source of (await filesBelow(template)).sort()) {
    // A package.json below a package's own would be taken for one by Node and by tools.
    const path = relative(template, source).replace(/^_package\.json$/, 'package.json');
    const text = (await readFile(source, 'utf8')).replace(/__[A-Z]+__/g, (word) => replaced[word] ?? word);
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
    written.push(path);
  }
  return written;
}
