import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { XenImageError } from '@xen-image/core';
import { requireTrusted } from './trust.js';

/** What a file says of plugins: names of packages, paths beginning with a dot or a slash, or, in code, plugins. */
export interface PluginConfig {
  readonly plugins: readonly unknown[];
}

const KNOWN = ['plugins'];

function invalid(path: string, why: string, cause?: unknown): XenImageError {
  return new XenImageError('PLUGIN_CONFIG_INVALID', `${path} cannot be used: ${why}`, {
    phase: 'config',
    hint: 'It holds { "plugins": ["name-of-a-package", "./path.js"] }, as JSON or as the default export of a module.',
    cause,
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function valueOf(path: string): Promise<unknown> {
  if (path.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8')) as unknown;
  return ((await import(pathToFileURL(path).href)) as { readonly default?: unknown }).default;
}

/**
 * Reads a file that lists plugins.
 *
 * @throws XenImageError `PLUGIN_UNSAFE` where somebody else could have written it, `PLUGIN_CONFIG_INVALID`
 */
export async function readConfig(path: string): Promise<PluginConfig> {
  requireTrusted(path);
  let value: unknown;
  try {
    value = await valueOf(path);
  } catch (error) {
    throw invalid(path, messageOf(error), error);
  }
  if (typeof value !== 'object' || value === null) throw invalid(path, 'it holds no object');
  const unknown = Object.keys(value).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw invalid(path, `${unknown.join(', ')} is not known there`);
  const { plugins = [] } = value as { readonly plugins?: unknown };
  if (!Array.isArray(plugins)) throw invalid(path, 'plugins is no list');
  return { plugins: plugins as unknown[] };
}
