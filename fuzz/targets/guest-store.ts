import {
  CONTRACT_VERSION,
  definePlugin,
  DOMAINS,
  KEPT_DOMAINS,
  Operation,
  Toolstack,
  XENSTORE,
  type KeptDomain,
  type KeptDomains,
  type XenStore,
} from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { x86HvmPlugin } from '@xen-image/handler-x86-hvm';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';
import { openSimulator, type Simulator } from '@xen-image/xen-sim';
import { expect, expectCoded, expectSettled } from '../engine/expect.js';
import { InputReader } from '../engine/reader.js';
import type { Target } from '../engine/target.js';

/** Nodes that some toolstack, or this one, reads of a guest. */
const NODES = [
  '',
  'name',
  'vm',
  'domid',
  'console',
  'console/tty',
  'console/vnc-port',
  'serial/0/tty',
  'control/shutdown',
  'control/feature-poweroff',
  'control/feature-reboot',
  'control/new',
  'image/device-model-pid',
  'image/device-model-fifo',
  'device/vbd/1/state',
  'device',
  'data',
  'data/a/b/c',
  'error/device',
  'memory/target',
  'store/port',
  'hvmloader/bios',
] as const;

const VALUES = [
  '',
  '1',
  '/dev/pts/3',
  '/dev/pts/../../etc/shadow',
  '/etc/shadow',
  '/dev/pts/3\n',
  '5900',
  '65536',
  '1e3',
  '-1',
  'web',
  'win',
  'Domain-0',
  '\u001b]0;x\u0007\u001b[2J',
  '\u009b2J\u202ekcab',
  '0',
  'poweroff',
  '__proto__',
  '99999999999999999999',
];

const REASONS = ['poweroff', 'reboot', 'suspend', 'crash', 'watchdog', 'soft-reset'] as const;
/** What the modern profile lets a guest write below its home. */
const ITS_OWN =
  /^\/(?:device\/suspend\/event-channel|control\/(?:shutdown|feature-\w+|feature-s[34]|sysrq)|data|drivers|feature|attr|error)(?:\/|$)/;
const TERMINAL = /^\/dev\/pts\/\d{1,9}$/;

/** Domains kept in memory. */
function memoryKept(): KeptDomains {
  const domains = new Map<string, KeptDomain>();
  const locks = new Set<string>();
  return {
    keep(domain) {
      domains.set(domain.uuid, domain);
      return Promise.resolve();
    },
    read: (uuid) => Promise.resolve(domains.get(uuid)),
    forget(uuid) {
      domains.delete(uuid);
      return Promise.resolve();
    },
    list: () => Promise.resolve([...domains.values()]),
    tryLock(right) {
      if (locks.has(right)) return Promise.resolve(undefined);
      locks.add(right);
      return Promise.resolve({
        release() {
          locks.delete(right);
          return Promise.resolve();
        },
      });
    },
  };
}

interface Host {
  readonly simulator: Simulator;
  readonly toolstack: Toolstack;
  readonly store: XenStore;
  readonly pv: number;
  readonly hvm: number;
  /** A guest of another toolstack, which lets it write all of its home. */
  readonly foreign: number;
  readonly close: () => Promise<void>;
}

const FOREIGN_UUID = '00000000-0000-4000-8000-0000000000ff';

async function host(): Promise<Host> {
  const simulator = openSimulator({
    files: {
      '/boot/vmlinuz': 'file',
      '/usr/lib/xen-4.17/boot/hvmloader': 'file',
      '/usr/share/seabios/bios-256k.bin': 'file',
      '/usr/libexec/xen-qemu-system-i386': 'file',
    },
    host: { memoryKib: 1024 * 1024, dom0Kib: 256 * 1024 },
  });
  const kept = memoryKept();
  const keeping = definePlugin({
    name: 'fuzz/kept',
    contract: CONTRACT_VERSION,
    register(context) {
      context.port({ token: KEPT_DOMAINS, create: () => kept });
    },
  });
  const plugins = [x86PvPlugin, x86HvmPlugin, qemuDialectsPlugin, simulator.plugin, keeping];
  const toolstack = new Toolstack({ plugins });
  const ends = 'on_poweroff = "destroy"\non_reboot = "restart"\non_crash = "preserve"\n';
  const make = async (text: string): Promise<number> => {
    return (await toolstack.create(await toolstack.plan({ text: text + ends }))).domid;
  };
  const pv = await make('name = "web"\nmemory = 32\nkernel = "/boot/vmlinuz"\n');
  const hvm = await make('name = "win"\ntype = "hvm"\nmemory = 64\n');
  const operation = new Operation(toolstack.registry);
  const store = operation.get(XENSTORE);
  const foreign = await operation
    .get(DOMAINS)
    .create({ uuid: FOREIGN_UUID, container: 'hvm', hap: true, emulation: 'hvm', maxVcpus: 1 });
  const all = [{ domid: foreign, read: false, write: false }];
  await store.write([
    { path: `/local/domain/${foreign}`, value: '', permissions: all },
    { path: `/local/domain/${foreign}/name`, value: 'theirs', permissions: all },
    { path: `/vm/${FOREIGN_UUID}/start_time`, value: '1.0', permissions: all },
  ]);
  const close = async (): Promise<void> => {
    await operation.close();
    simulator.close();
  };
  return { simulator, toolstack, store, pv, hvm, foreign, close };
}

/** Everything in the store that a guest of ours must not be able to change, with its permissions. */
async function fixed({ store, pv, hvm, foreign }: Host): Promise<string> {
  const found: string[] = [];
  const walk = async (path: string): Promise<void> => {
    const home = /^\/local\/domain\/(\d+)(\/.*)$/.exec(path);
    if (home !== null && [pv, hvm].includes(Number(home[1])) && ITS_OWN.test(home[2] ?? '')) return;
    if (path.startsWith(`/local/domain/${foreign}`) || path.startsWith(`/vm/${FOREIGN_UUID}`)) return;
    const [value, permissions] = await Promise.all([store.read(path), store.permissions(path)]);
    found.push(`${path} ${JSON.stringify(value)} ${JSON.stringify(permissions)}`);
    const names = (await store.list(path)) ?? [];
    for (const name of [...names].sort()) await walk(`${path}/${name}`);
  };
  for (const root of ['/local', '/vm', '/xen-image']) await walk(root);
  return found.join('\n');
}

async function guestActs(made: Host, reader: InputReader): Promise<void> {
  const domid = reader.pick([made.pv, made.hvm, made.foreign, made.foreign]);
  const guest = made.simulator.asDomain(domid);
  const { store } = guest;
  const how = reader.byte();
  const homes = [domid, domid, domid, domid, 0, made.pv, made.hvm];
  const roots = [...homes.map((one) => `/local/domain/${one}`), `/vm/${FOREIGN_UUID}`, '/xen-image/name', '/xen-image'];
  const node = reader.pick(NODES);
  const path = `${reader.pick(roots)}${node === '' ? '' : `/${node}`}`;
  const value = how & 0x80 ? reader.text() : reader.pick(VALUES);
  try {
    if (how % 8 < 5) await store.write([{ path, value }]);
    else if (how % 8 === 5) await store.remove(path);
    else if (how % 8 === 6) await store.setPermissions(path, [{ domid, read: true, write: true }]);
    else await guest.shutdown(reader.pick(REASONS));
  } catch (error) {
    expectCoded(error);
  }
}

async function operatorLooks(made: Host): Promise<void> {
  const { toolstack, pv, hvm, foreign } = made;
  const listed = (await expectSettled(toolstack.list(), 'list')) ?? [];
  expect(listed.find(({ domid }) => domid === pv)?.name === 'web', 'the name of the PV guest is another');
  expect(listed.find(({ domid }) => domid === hvm)?.name === 'win', 'the name of the HVM guest is another');
  for (const { uptimeSeconds, vncDisplay } of listed) {
    expect(uptimeSeconds === null || Number.isSafeInteger(uptimeSeconds), `up for ${String(uptimeSeconds)}`);
    expect(vncDisplay === null || (vncDisplay >= 0 && vncDisplay < 60_000), `display ${String(vncDisplay)}`);
  }
  for (const domid of [pv, hvm, foreign]) {
    const found = await expectSettled(toolstack.console(domid, { timeoutMs: 1 }), 'console');
    expect(found === undefined || TERMINAL.test(found.tty), `the console is ${String(found?.tty)}`);
    await expectSettled(toolstack.askShutdown(domid, { timeoutMs: domid === hvm ? 1 : 0 }), 'shutdown');
  }
}

async function supervised({ toolstack }: Host): Promise<void> {
  const ending = new AbortController();
  const supervision = toolstack.supervise({ signal: ending.signal });
  const told = (async () => {
    let events = 0;
    for await (const { event } of supervision) {
      events += 1;
      expect(events < 1000, 'the supervisor tells of more and more');
      if (event === 'supervising')
        setTimeout(() => {
          ending.abort();
        }, 5);
    }
  })();
  await expectSettled(told, 'supervise');
}

/** Guests that write whatever they may into the store and end as they like, and what an operator does meanwhile. */
export const guestStore: Target = {
  name: 'guest-store',
  seeds: () => [
    Buffer.from([0, 0, 0, 16, 2, 0]),
    Buffer.from([2, 0, 0, 1, 13, 2, 0, 0, 5, 3, 2, 0, 0, 7, 2]),
    Buffer.from([0, 7, 0, 0, 0, 0, 1, 7, 0, 0, 0, 1]),
    Buffer.from([2, 0, 0, 6, 6, 2, 6, 0, 0, 0]),
    Buffer.from([0, 0, 4, 4, 3, 0, 0, 7, 6, 3, 0, 5, 8, 4, 4]),
  ],
  words: VALUES,
  async run(input) {
    const made = await host();
    try {
      const before = await fixed(made);
      const reader = new InputReader(input);
      for (let steps = 0; !reader.done && steps < 24; steps += 1) await guestActs(made, reader);
      expect((await fixed(made)) === before, 'a guest changed what it must not');
      await operatorLooks(made);
      await supervised(made);
      await expectSettled(made.toolstack.destroy(made.foreign), 'destroy');
      const uuids = (await made.toolstack.list()).map(({ uuid }) => uuid);
      expect(!uuids.includes(FOREIGN_UUID), 'the foreign guest is still there');
    } finally {
      await made.close();
    }
  },
};
