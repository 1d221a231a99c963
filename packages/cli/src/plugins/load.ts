import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isXenImageError, XenImageError, type Plugin } from '@xen-image/core';
import { requireTrusted } from './trust.js';

/** How long a plugin's module may take to load. */
const LOAD_TIMEOUT_MS = 10_000;

/** A plugin that was loaded, with where it came from. */
export interface LoadedPlugin {
  /** As the file that lists plugins has it. */
  readonly named: string;
  /** The module's file; the list's own where the plugin stands in it. */
  readonly from: string;
  readonly plugin: Plugin;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Where a plugin's module is: as `import` in the list's own place would find it. */
function fileOf(named: string, list: string): string {
  try {
    return createRequire(pathToFileURL(list)).resolve(named);
  } catch (error) {
    throw new XenImageError('PLUGIN_MISSING', `plugin ${named} is not there`, {
      phase: 'config',
      hint: `Install it beside ${list} (npm install ${named}), or take it off the list.`,
      cause: error,
    });
  }
}

/** Where a plugin's name leads before links are followed: the path, or the directory of a package. */
function placeOf(named: string, list: string): string | undefined {
  if (/^\.{0,2}\//.test(named)) return [resolve(dirname(list), named)].find((path) => existsSync(path));
  const [first = '', second = ''] = named.split('/');
  const directory = first.startsWith('@') ? join(first, second) : first;
  const searched = createRequire(pathToFileURL(list)).resolve.paths(named) ?? [];
  return searched.map((path) => join(path, directory)).find((path) => existsSync(path));
}

function broken(named: string, error: unknown): XenImageError {
  return new XenImageError('PLUGIN_BROKEN', `plugin ${named} cannot be loaded: ${messageOf(error)}`, {
    phase: 'config',
    hint: '--debug shows where; tell the author of the plugin.',
    cause: error,
  });
}

function slow(named: string, timeoutMs: number): XenImageError {
  return new XenImageError('PLUGIN_SLOW', `plugin ${named} was not loaded within ${timeoutMs / 1000} s`, {
    phase: 'config',
    hint: 'A module of a plugin must not wait for anything while it is loaded; tell its author.',
  });
}

/**
 * Imports a module within a time. What the module does wrong meanwhile in the background is its own failure, and a process
 * that it ends is ended with its name.
 */
async function importWithin(named: string, file: string, timeoutMs: number): Promise<unknown> {
  const exiting = (): void => {
    process.stderr.write(`xen-image: plugin ${named} ended the process while it was loaded\n`);
  };
  let timer: NodeJS.Timeout | undefined;
  let onRejection: ((error: unknown) => void) | undefined;
  process.once('exit', exiting);
  try {
    const failed = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(slow(named, timeoutMs));
      }, timeoutMs);
      onRejection = (error) => {
        reject(broken(named, error));
      };
      process.on('unhandledRejection', onRejection);
    });
    const loaded = import(pathToFileURL(file).href).then(
      async (module: unknown) => {
        // What was rejected while it was loaded is told once microtasks are done.
        await new Promise((resolve) => setImmediate(resolve));
        return module;
      },
      (error: unknown) => {
        throw broken(named, error);
      },
    );
    return await Promise.race([loaded, failed]);
  } finally {
    clearTimeout(timer);
    process.off('exit', exiting);
    if (onRejection !== undefined) process.off('unhandledRejection', onRejection);
  }
}

/** The default export of a plugin's module; of a CommonJS module, that of what it exports. */
function defaultOf(module: unknown): unknown {
  const own = (module as { readonly default?: unknown }).default;
  const inner = (own as { readonly default?: unknown } | null | undefined)?.default;
  return inner ?? own;
}

/**
 * Loads one plugin of a list.
 *
 * @throws XenImageError `PLUGIN_MISSING`, `PLUGIN_UNSAFE`, `PLUGIN_BROKEN`, `PLUGIN_SLOW`
 */
export async function loadPlugin(
  entry: unknown,
  list: string,
  timeoutMs: number = LOAD_TIMEOUT_MS,
): Promise<LoadedPlugin> {
  // Its shape is looked at where it is taken in.
  if (typeof entry !== 'string') return { named: nameOf(entry), from: list, plugin: entry as Plugin };
  const file = fileOf(entry, list);
  const place = placeOf(entry, list);
  if (place !== undefined) requireTrusted(place);
  requireTrusted(file);
  const plugin = defaultOf(await importWithin(entry, file, timeoutMs));
  return { named: entry, from: file, plugin: plugin as Plugin };
}

/** What a plugin is called in messages: its own name where it has one. */
export function nameOf(entry: unknown): string {
  try {
    const name = (entry as { readonly name?: unknown } | null | undefined)?.name;
    if (typeof name === 'string' && name !== '') return name;
  } catch {
    // A getter that throws: it has no name.
  }
  return typeof entry === 'string' ? entry : `without a name (a ${typeof entry})`;
}

/** Any failure of a plugin as a coded error that names it. */
export function pluginFailure(named: string, error: unknown): XenImageError {
  return isXenImageError(error) ? error : broken(named, error);
}
