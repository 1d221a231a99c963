/** What guests may read and write in xenstore, as xenstored holds it, node by node: docs/xenstore-permissions.md. */
import { deepEqual, ok } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case, CaseTools } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { xlCreate } from '../guest.js';
import type { Host } from '../host.js';
import { create, domidOf, type OwnGuest } from '../own-guest.js';
import { REPO_DIR } from '../paths.js';

type Kind = 'PV' | 'HVM';

/** Nodes that are made while a guest runs, or for its device model and its console, and are not on the page's table. */
const OTHERS =
  /^\/local\/domain\/\d+\/(?:image(?:\/device-model-(?:pid|fifo|kill-uid))?|console\/vnc-port|serial(?:\/.*)?)$/;

/** The page's rows for a kind of guest: permissions by node, ours or libxl's. */
async function documented(kind: Kind, whose: 'ours' | 'libxl'): Promise<Map<string, string>> {
  const page = await readFile(join(REPO_DIR, 'docs/xenstore-permissions.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\/[^`]+)` +\| (all|PV|HVM) +\| `([^`]+)` +\| `([^`]+)` +\|/gm)];
  return new Map(
    rows
      .filter(([, , of]) => of === 'all' || of === kind)
      .map(([, node = '', , ours = '', libxl = '']) => [node, whose === 'ours' ? ours : libxl]),
  );
}

/** What xenstored holds of a guest, in the page's spelling. */
async function held(host: Host, domid: number): Promise<Map<string, string>> {
  const vm = (await host.must(`xenstore-read /local/domain/${String(domid)}/vm`)).trim();
  const listed = await host.must(
    `for root in /local/domain/${String(domid)} ${vm}; do xenstore-ls -f -p $root; xenstore-ls -p $(dirname $root) | grep " *$(basename $root) = " | sed "s|.*(|$root = \\"\\" (|"; done`,
  );
  const nodes = [...listed.matchAll(/^(\/[^ ]+) = .*\(([nrwb\d,]+)\) *$/gm)];
  return new Map(
    nodes.map(([, path = '', permissions = '']) => [
      path.replace(`/local/domain/${String(domid)}`, '/local/domain/N').replace(vm, '/vm/U'),
      permissions.replaceAll(new RegExp(`(?<=[nrwb])${String(domid)}\\b`, 'g'), 'N'),
    ]),
  );
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What is kept of all guests, their names, uuids and device models, is for domain 0 alone. */
async function ownNodesAreDom0s(host: Host): Promise<void> {
  const nodes = (await host.must('xenstore-ls -f -p /xen-image')).trim().split('\n');
  ok(nodes.length > 1, 'nothing is kept of our guest');
  deepEqual(
    nodes.filter((line) => !/ = ".*" +\(n0\)$/.test(line)),
    [],
  );
}

async function compare(tools: CaseTools, kind: Kind): Promise<void> {
  const { host } = tools;
  const before = await settledState(host);
  const type = kind === 'PV' ? 'pv' : 'hvm';
  const shape = { type, memoryMib: 64, lines: ['vnc = 1', 'serial = "pty"'] } as const;
  const ours: OwnGuest = { ...shape, name: tools.fresh('operm'), boots: kind === 'PV' ? 'grub' : 'firmware' };
  await create(tools, { ...ours, ...(kind === 'PV' ? { lines: ['ramdisk = "/boot/guest.img"'] } : {}) }, '--paused');
  const found = await held(host, await domidOf(host, ours.name));
  const others = [...found].filter(([path]) => OTHERS.test(path.replace('/N', '/1')));
  for (const [path] of others) found.delete(path);
  deepEqual(sorted(found), sorted(await documented(kind, 'ours')));
  for (const [path, permissions] of others) {
    ok(!/(?:pid|fifo|kill-uid|vnc-port)$/.test(path) || permissions === 'n0', `${path} is ${permissions}`);
  }
  await ownNodesAreDom0s(host);
  await host.must(`xen-image destroy ${ours.name}`);

  const theirs = tools.fresh('xperm');
  const kernel = kind === 'PV' ? '/boot/grub-pv' : '/boot/tiny';
  await xlCreate(host, { ...shape, name: theirs, kernel, lines: kind === 'PV' ? [] : shape.lines });
  const ofXl = await held(host, await domidOf(host, theirs));
  const wanted = await documented(kind, 'libxl');
  // libxl keeps a command line of PV guests alone.
  if (kind === 'HVM') wanted.delete('/vm/U/image/cmdline');
  deepEqual(sorted(new Map([...ofXl].filter(([path]) => wanted.has(path)))), sorted(wanted));
  const aside = [...ofXl].filter(([path]) => OTHERS.test(path.replace('/N', '/1')));
  tools.note(`xl, ${kind}: ${aside.map(([path, permissions]) => `${path} ${permissions}`).join('; ')}`);
  await host.must(`xl destroy ${theirs}`);
  await untilAsBefore(host, before);
}

/** Permissions of PV and HVM guests. */
export const permissionCases: readonly Case[] = (['PV', 'HVM'] as const).map((kind) => ({
  name: `xenstored holds the nodes of a ${kind} guest, ours and xl's, with the permissions that the page has`,
  timeoutMs: 240_000,
  run: (tools) => compare(tools, kind),
}));
