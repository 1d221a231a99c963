import { XenImageError, type ListedDomain } from '@xen-image/core';
import { EXIT } from '../exit-codes.js';
import type { Output } from '../output/output.js';
import { readableDuration } from '../output/size.js';
import { tableLines } from '../output/table.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

/** A domain's state in a word. */
function stateOf(domain: ListedDomain): string {
  if (domain.dying) return 'dying';
  if (domain.shutdownReason !== undefined) return `shut down (${domain.shutdownReason})`;
  if (domain.paused) return 'paused';
  return domain.running ? 'running' : domain.blocked ? 'blocked' : 'runnable';
}

function cpuSeconds({ cpuTimeNs }: ListedDomain): string {
  return (Number(cpuTimeNs) / 1e9).toFixed(1);
}

/** Those that were asked for, by name or domid; all where none was. */
function selected(domains: readonly ListedDomain[], asked: readonly string[]): ListedDomain[] {
  if (asked.length === 0) return [...domains];
  return asked.map((word) => {
    const found =
      domains.find(({ domid }) => String(domid) === word) ?? domains.find(({ name, dying }) => name === word && !dying);
    if (found !== undefined) return found;
    throw new XenImageError('DOMAIN_UNKNOWN', `there is no domain ${JSON.stringify(word)}`, {
      hint: 'xen-image list shows the domains that run.',
    });
  });
}

/** Lists domains. */
export async function run(invocation: Invocation): Promise<number> {
  const { output, args } = invocation;
  return withDriver(invocation, async (toolstack, driver) => {
    const domains = selected(await toolstack.list(), args);
    const simulated = driver.name === 'sim';
    if (output.json) output.document({ command: 'list', simulated, domains });
    else {
      if (simulated) output.line(output.style.dim(`simulated host, kept in ${visible(driver.simState ?? '')}`));
      printDomains(output, domains);
    }
    return EXIT.ok;
  });
}

function printDomains(output: Output, domains: readonly ListedDomain[]): void {
  const rows = domains.map((domain) => [
    String(domain.domid),
    domain.name === null ? '-' : visible(domain.name),
    domain.container,
    stateOf(domain),
    String(Math.round(domain.memoryKib / 1024)),
    `${domain.onlineVcpus}/${domain.maxVcpus}`,
    cpuSeconds(domain),
    domain.uptimeSeconds === null ? '-' : readableDuration(domain.uptimeSeconds),
    domain.vncDisplay === null ? '-' : `:${domain.vncDisplay}`,
  ]);
  const [head = '', ...lines] = tableLines(
    [['domid', 'name', 'type', 'state', 'MiB', 'vcpus', 'cpu s', 'up', 'VNC'], ...rows],
    { align: ['right', 'left', 'left', 'left', 'right', 'right', 'right', 'left', 'left'] },
  );
  output.line(output.style.dim(head));
  for (const line of lines) output.line(line);
}
