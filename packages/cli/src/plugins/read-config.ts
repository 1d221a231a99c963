import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { XenImageError } from '@xen-image/core';
import { requireTrusted } from './trust.js';

/** What a file says of plugins: names of packages, paths beginning with a dot or a slash, or, in code, plugins. */
export interface PluginConfig {
  readonly plugins: readonly unknown[];
  /** The least that dom0 keeps, in MiB, where it is to give memory that lacks for a guest. */
  readonly dom0MinimumMib?: number;
}

const KNOWN = ['plugins', 'dom0MinimumMib'];

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
  const { plugins = [], dom0MinimumMib } = value as { readonly plugins?: unknown; readonly dom0MinimumMib?: unknown };
  if (!Array.isArray(plugins)) throw invalid(path, 'plugins is no list');
  if (dom0MinimumMib === undefined) return { plugins: plugins as unknown[] };
  if (!Number.isInteger(dom0MinimumMib) || (dom0MinimumMib as number) < 128) {
    throw invalid(path, 'dom0MinimumMib is no whole number of MiB from 128 on');
  }
  return { plugins: plugins as unknown[], dom0MinimumMib: dom0MinimumMib as number };
}
