/** What a host must look like again once a guest is gone. */
import type { Host } from './host.js';

/** What guests take, as those say it who give it. */
export interface Dom0State {
  /** Free pages of 4 KiB, as the hypervisor counts them. */
  readonly freePages: number;
  /** Pages that are claimed for domains under construction, as the hypervisor counts them. */
  readonly claimedPages: number;
  /** Domains as the hypervisor has them: domid, UUID, pages, limit. */
  readonly domains: readonly string[];
  /** Every node of xenstore with its value and permissions. */
  readonly store: readonly string[];
  /** Every process of dom0 that is no kernel thread. */
  readonly processes: readonly string[];
  /** Journal entries, and what device models leave where their sockets are; xl's list of recent domids apart. */
  readonly files: readonly string[];
}

/** Directories that stay once somebody needed them. */
const KEPT_NODES = /^\/(vm|libxl|xen-image|xen-image\/[a-z-]+|local\/domain\/0\/device-model) = ""/;

/** The rig's own: the agent, and what it runs to look. */
const RIG = /^(\/usr\/local\/sbin\/agent |\[agent\] |sh -c |ps )/;

const LOOK = `
witness host
echo ==store; xenstore-ls -f -p
echo ==processes; ps -ww -N --ppid 2 -o args=
echo ==files; ls /run/xen-image/journal 2>/dev/null; find /run/xen ! -name domid-history
`;

/** Looks once. */
export async function stateOf(host: Host): Promise<Dom0State> {
  const [hypervisor = '', store = '', processes = '', files = ''] = (await host.must(LOOK)).split(/^==\w+\n/m);
  const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
  const said = lines(hypervisor);
  return {
    freePages: Number(/^free (\d+)$/m.exec(hypervisor)?.[1]),
    claimedPages: Number(/^claimed (\d+)$/m.exec(hypervisor)?.[1]),
    domains: said.filter((line) => line.startsWith('domain ') && !line.startsWith('domain 0 ')),
    store: lines(store).filter((line) => !KEPT_NODES.test(line)),
    processes: lines(processes)
      .filter((line) => line !== '[kthreadd]' && !RIG.test(line))
      .sort(),
    files: lines(files).sort(),
  };
}

/** Pages that Xen's own allocator may keep for good as its pools grow; the least that is left of a guest is 20. */
const POOL_PAGES = 8;

/** How long nothing may change before a host counts as settled. */
const SETTLED_MS = 500;

/** Looks until two looks are alike: what an earlier guest had may still be on its way back. */
export async function settledState(host: Host): Promise<Dom0State> {
  let before = await stateOf(host);
  for (let tries = 0; tries < 40; tries++) {
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const now = await stateOf(host);
    if (now.domains.length === before.domains.length && differences(before, now).length === 0) return now;
    before = now;
  }
  throw new Error('the host does not settle');
}

/** What came (`+`) and what went (`-`), line by line; empty where nothing did. */
export function differences(before: Dom0State, after: Dom0State): string[] {
  const different = (['domains', 'store', 'processes', 'files'] as const).flatMap((part) => [
    ...missingIn(after[part], before[part]).map((line) => `- ${part}: ${line}`),
    ...missingIn(before[part], after[part]).map((line) => `+ ${part}: ${line}`),
  ]);
  const lostPages = before.freePages - after.freePages;
  if (lostPages > POOL_PAGES || lostPages < -POOL_PAGES) different.push(`free pages: ${String(-lostPages)}`);
  const claimedPages = after.claimedPages - before.claimedPages;
  if (claimedPages !== 0) different.push(`claimed pages: ${String(claimedPages)}`);
  return different;
}

function missingIn(lines: readonly string[], wanted: readonly string[]): string[] {
  const left = [...lines];
  return wanted.filter((line) => {
    const at = left.indexOf(line);
    if (at === -1) return true;
    left.splice(at, 1);
    return false;
  });
}

/**
 * Waits until the host is as it was, to within {@link POOL_PAGES}: the hypervisor frees a domain's last pages, and its daemons let go of it, after
 * whoever destroyed it was answered.
 *
 * @throws Error with what is different after the time
 */
export async function untilAsBefore(host: Host, before: Dom0State, timeoutMs = 60_000): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const different = differences(before, await stateOf(host));
    if (different.length === 0) return;
    if (performance.now() > until) throw new Error(`the host is not as it was:\n${different.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
