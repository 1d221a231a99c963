import type { HostSnapshot } from '@xen-image/xen-sim';
import type { KeptInMemory } from './kept.js';

/** The whole state of a host as one text: equal texts are equal hosts, to the KiB, the node and its permissions. */
export type State = string;

/** The name of the guest that operations are about; the others are bystanders. */
export const GUEST = 'guest';

/** Any uuid but those that the harness gives, and none. */
const RANDOM_UUID = /(?!6b1e5c1e-|00000000-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Spells a host's state. Left out are what differs from run to run and says nothing: the boot id, clock readings, and the
 * pid of the guest's own device model, which may have been started more than once. Journal and locks are looked at apart.
 */
export function stateOf(snapshot: HostSnapshot, kept: KeptInMemory): State {
  const { bootId: _bootId, journal: _journal, locks: _locks, store, deviceModels, ...rest } = snapshot;
  const nodes = Object.entries(store).map(([path, node]) =>
    line(path, path.endsWith('/start_time') ? { ...node, value: 'then' } : node),
  );
  const models = deviceModels.map((model) => (model.name === GUEST ? { ...model, pid: 'its pid' } : model));
  const domains = [...kept.domains].map(([uuid, text]) =>
    line(uuid, text.replace(/"restarts":\[\d[^\]]*\]/, '"restarts":["then"]')),
  );
  const text = JSON.stringify({ ...rest, deviceModels: models }, undefined, 1);
  return [line('', text), ...nodes.sort(), ...domains.sort()].join('\n');
}

/** One part of a state. A guest that is made again under another uuid gets a random one. */
function line(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `${name} ${text}`.replace(RANDOM_UUID, 'a new uuid');
}

/** The lines in which two states differ, the first few of them. */
export function difference(actual: State, expected: State, most = 12): string {
  const count = (lines: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
    return counts;
  };
  const [have, want] = [count(actual.split('\n')), count(expected.split('\n'))];
  const lines: string[] = [];
  for (const [line, times] of have) if (times > (want.get(line) ?? 0)) lines.push(`+ ${line.trim()}`);
  for (const [line, times] of want) if (times > (have.get(line) ?? 0)) lines.push(`- ${line.trim()}`);
  const shown = lines.slice(0, most);
  return [...shown, ...(lines.length > shown.length ? [`… and ${lines.length - shown.length} more`] : [])].join('\n');
}
