import { Toolstack, type HandlerListing } from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import { tableLines } from '../output/table.js';
import { visible } from '../output/visible.js';
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

/** Lists the handlers. */
export async function run({ output }: Invocation): Promise<number> {
  const toolstack = new Toolstack({ plugins: await loadPlugins('xend') });
  const handlers = toolstack.registry.handlers();
  if (output.json) {
    output.document({ command: 'handlers', handlers });
    return EXIT.ok;
  }
  const rows = handlers.map((handler) => [
    visible(handler.arch),
    visible([handler.imageType, ...handler.aliases].join(', ')),
    visible(handler.version === null ? handler.plugin : `${handler.plugin} ${handler.version}`),
    handler.replaces === null ? '-' : visible(handler.replaces),
    abilities(handler),
  ]);
  const [head = '', ...lines] = tableLines([['arch', 'type', 'plugin', 'replaces', 'can'], ...rows]);
  output.line(output.style.dim(head));
  for (const line of lines) output.line(line);
  return EXIT.ok;
}
