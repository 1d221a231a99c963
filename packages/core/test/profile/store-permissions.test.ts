import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Operation, XENSTORE, type StorePermission } from '../../src/index.js';
import { HVM, PV, simulated } from '../support/toolstack.js';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/xenstore-permissions.md', import.meta.url)), 'utf8');

/** The rows of the page for a kind of guest: permissions by node. */
function documented(kind: 'PV' | 'HVM', domid: number, uuid: string): Record<string, string> {
  const rows = [...page.matchAll(/^\| `(\/[^`]+)` +\| (all|PV|HVM) +\| `([^`]+)` +\|/gm)];
  return Object.fromEntries(
    rows
      .filter(([, , of]) => of === 'all' || of === kind)
      .map(([, node = '', , permissions = '']) => [
        node.replace('/N', `/${domid}`).replace('/U', `/${uuid}`),
        permissions.replaceAll('N', String(domid)),
      ]),
  );
}

function spelled(permissions: readonly StorePermission[]): string {
  return permissions
    .map(({ domid, read, write }) => `${read ? (write ? 'b' : 'r') : write ? 'w' : 'n'}${domid}`)
    .join();
}

async function held(text: string) {
  const { simulator, toolstack } = simulated();
  const { domid, uuid } = await toolstack.create(await toolstack.plan({ text }));
  const operation = new Operation(toolstack.registry);
  const store = operation.get(XENSTORE);
  const found: Record<string, string> = {};
  const walk = async (path: string): Promise<void> => {
    found[path] = spelled((await store.permissions(path))!);
    for (const name of (await store.list(path))!) await walk(`${path}/${name}`);
  };
  await walk(`/local/domain/${domid}`);
  await walk(`/vm/${uuid}`);
  const everything = await allNodes(store);
  await operation.close();
  simulator.close();
  return { domid, uuid, found, everything };
}

async function allNodes(store: {
  list(path: string): Promise<readonly string[] | undefined>;
  permissions(path: string): Promise<readonly StorePermission[] | undefined>;
}) {
  const found: [string, readonly StorePermission[]][] = [];
  const walk = async (path: string): Promise<void> => {
    found.push([path, (await store.permissions(path))!]);
    for (const name of (await store.list(path))!) await walk(`${path === '/' ? '' : path}/${name}`);
  };
  await walk('/');
  return found;
}

describe('the page about xenstore permissions', () => {
  it.each<[kind: 'PV' | 'HVM', text: string]>([
    ['PV', PV],
    ['HVM', HVM.replace('vcpus = 2', 'vcpus = 1')],
  ])('has every node of a %s guest with its permissions, and no other', async (kind, text) => {
    const { domid, uuid, found } = await held(text);
    expect(found).toEqual(documented(kind, domid, uuid));
  });
});

describe('a guest of the modern profile', () => {
  it.each<[kind: 'PV' | 'HVM', text: string, most: number]>([
    ['PV', PV, 7],
    ['HVM', HVM, 8],
  ])('has its permissions, %s, by few requests: a node has those of the node above', async (_kind, text, most) => {
    const { simulator, toolstack } = simulated();
    const { records, actions } = await toolstack.plan({ text });
    const asked = [
      ...records.created,
      ...records.built,
      ...records.introduced,
      ...Object.values(actions).flat(),
    ].flatMap((action) => {
      if (action.kind === 'set-store-permissions') return [action.path];
      if (action.kind !== 'write-store' || action.permissions === undefined) return [];
      return action.entries.map(([path]) => path);
    });
    expect(asked).toHaveLength(most);
    simulator.close();
  });

  it.each([PV, HVM])('reads and writes nothing outside its home and its VM node', async (text) => {
    const { domid, uuid, everything } = await held(text);
    for (const [path, permissions] of everything) {
      if (path.startsWith(`/local/domain/${domid}`) || path.startsWith(`/vm/${uuid}`)) continue;
      expect([path, spelled(permissions)]).toEqual([path, 'n0']);
    }
  });
});
