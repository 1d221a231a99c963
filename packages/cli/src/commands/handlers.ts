import type { HandlerListing } from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import type { Output } from '../output/output.js';
import { tableLines } from '../output/table.js';
import { visible } from '../output/visible.js';
import { configuredPlugins, extendedToolstack } from '../plugins/configured.js';
import type { LoadedPlugin } from '../plugins/load.js';
import { problemsJson, tellProblems } from '../plugins/tell.js';
import { paperHostPlugin } from '../toolstack/paper-host.js';
import { builtInFacts } from '../toolstack/built-in-facts.js';
import { loadPlugins } from '../toolstack/plugins.js';
import type { Invocation } from './definition.js';

/** What a handler can do, in words. */
function abilities({ supports }: HandlerListing): string {
  const can = [
    supports.deviceModel && 'device model',
    supports.restore && 'restore',
    supports.cpuid && 'CPUID masks',
    supports.superpages && 'superpages',
  ].filter((word) => word !== false);
  return [`${supports.container} container`, ...can].join(', ');
}

function printTable(output: Output, rows: readonly (readonly string[])[]): void {
  const [head = '', ...lines] = tableLines(rows);
  output.line(output.style.dim(head));
  for (const line of lines) output.line(line);
}

function nameAndVersion(name: string, version: string | null | undefined): string {
  return visible(version === null || version === undefined ? name : `${name} ${version}`);
}

/** Lists the handlers, and the plugins that the operator lists. */
export async function run({ io, output, options }: Invocation): Promise<number> {
  const configured = await configuredPlugins(io, options);
  const host = paperHostPlugin(builtInFacts('modern').facts);
  const plugins = [...(await loadPlugins('xend')), host];
  const { toolstack, loaded, problems } = extendedToolstack({ plugins }, configured);
  const from = new Map(loaded.map(({ plugin, from: file }) => [plugin.name, file]));
  const handlers = toolstack.registry
    .handlers()
    .map((handler) => ({ ...handler, from: from.get(handler.plugin) ?? null }));
  if (output.json) {
    const listed = loaded.map(({ named, plugin, from: file }) => {
      return { named, name: plugin.name, version: plugin.version ?? null, from: file };
    });
    const document = { command: 'handlers', handlers, config: configured.file ?? null };
    output.document({ ...document, plugins: listed, problems: problemsJson(problems) });
    return EXIT.ok;
  }
  const rows = handlers.map((handler) => [
    visible(handler.arch),
    visible([handler.imageType, ...handler.aliases].join(', ')),
    nameAndVersion(handler.plugin, handler.version),
    handler.replaces === null ? '-' : visible(handler.replaces),
    abilities(handler),
  ]);
  printTable(output, [['arch', 'type', 'plugin', 'replaces', 'can'], ...rows]);
  if (configured.file !== undefined) printPlugins(output, configured.file, loaded);
  tellProblems(output, problems);
  return EXIT.ok;
}

function printPlugins(output: Output, file: string, loaded: readonly LoadedPlugin[]): void {
  output.line();
  output.line(output.style.dim(`plugins of ${visible(file)}`));
  for (const line of tableLines(loaded.map(rowOf))) output.line(line);
}

function rowOf({ plugin, from }: LoadedPlugin): string[] {
  return [nameAndVersion(plugin.name, plugin.version), visible(from)];
}
