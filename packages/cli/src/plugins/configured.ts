import createDebug from 'debug';
import { Toolstack, type Plugin, type ToolstackOptions, type XenImageError } from '@xen-image/core';
import type { Io } from '../io.js';
import { findConfig } from './find-config.js';
import { loadPlugin, nameOf, pluginFailure, type LoadedPlugin } from './load.js';
import { readConfig } from './read-config.js';

/** `DEBUG=xen-image:plugins` shows which file lists plugins, and each as it is loaded. */
const debug = createDebug('xen-image:plugins');

/** A plugin that is left out, and why. */
export interface PluginProblem {
  /** As the file that lists plugins has it. */
  readonly named: string;
  readonly error: XenImageError;
}

/** The plugins of the file that lists them. */
export interface ConfiguredPlugins {
  /** The file; nothing where there is none. */
  readonly file: string | undefined;
  readonly loaded: readonly LoadedPlugin[];
  readonly problems: readonly PluginProblem[];
  /** The least that dom0 keeps, in MiB, where it is to give memory that lacks for a guest. */
  readonly dom0MinimumMib?: number;
}

/** Options that name the file, as commander gives them. */
export interface PluginOptions {
  readonly config?: string | false;
}

/**
 * Loads the plugins that the operator lists. One that cannot be loaded is a problem and keeps no other out.
 *
 * @throws XenImageError `PLUGIN_CONFIG_MISSING`, `PLUGIN_CONFIG_INVALID`, `PLUGIN_UNSAFE` of the list itself
 */
export async function configuredPlugins(
  io: Io,
  options: Readonly<Record<string, unknown>>,
  timeoutMs?: number,
): Promise<ConfiguredPlugins> {
  const file = findConfig((options as PluginOptions).config, io);
  if (file === undefined) return { file, loaded: [], problems: [] };
  debug('plugins are listed in %s', file);
  const { plugins, ...rest } = await readConfig(file);
  const loaded: LoadedPlugin[] = [];
  const problems: PluginProblem[] = [];
  for (const entry of plugins) {
    const named = nameOf(entry);
    debug('loading %s', named);
    try {
      loaded.push(await loadPlugin(entry, file, timeoutMs));
    } catch (error) {
      problems.push({ named, error: pluginFailure(named, error) });
    }
  }
  return { file, loaded, problems, ...rest };
}

/** A toolstack with the operator's plugins, and those that it could not take in. */
export interface ExtendedToolstack {
  readonly toolstack: Toolstack;
  /** Those that were taken in. */
  readonly loaded: readonly LoadedPlugin[];
  readonly problems: readonly PluginProblem[];
}

/**
 * Makes a toolstack and adds the operator's plugins, in their order and behind all others, so that they may replace what
 * is there. One that is not taken in, or whose handlers cannot be made, is a problem and keeps no other out.
 */
export function extendedToolstack(options: ToolstackOptions, configured: ConfiguredPlugins): ExtendedToolstack {
  let candidates = configured.loaded;
  const problems = [...configured.problems];
  const { dom0MinimumMib } = configured;
  for (;;) {
    const toolstack = new Toolstack({ ...options, ...(dom0MinimumMib === undefined ? {} : { dom0MinimumMib }) });
    const taken: LoadedPlugin[] = [];
    for (const candidate of candidates) {
      try {
        toolstack.registry.use(candidate.plugin);
        taken.push(candidate);
      } catch (error) {
        problems.push({ named: candidate.named, error: pluginFailure(candidate.named, error) });
      }
    }
    if (taken.length === 0) return { toolstack, loaded: taken, problems };
    const unmade = unmadeHandler(toolstack, taken);
    if (unmade === undefined) return { toolstack, loaded: taken, problems };
    problems.push(unmade);
    candidates = taken.filter(({ named }) => named !== unmade.named);
  }
}

/** The first plugin of which a handler class cannot be constructed. */
function unmadeHandler({ registry }: Toolstack, taken: readonly LoadedPlugin[]): PluginProblem | undefined {
  try {
    registry.handlers();
    return undefined;
  } catch (error) {
    const owner = (error as { data?: { plugin?: unknown } }).data?.plugin;
    const culprit = taken.find(({ plugin }: { readonly plugin: Plugin }) => plugin.name === owner);
    if (culprit === undefined) throw error;
    return { named: culprit.named, error: pluginFailure(culprit.named, error) };
  }
}
