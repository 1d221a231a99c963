// Guests on a simulated host, whose journal, sentinels, logs and device models are real files and processes. The
// device model is a shell that sleeps and holds its sentinel as QEMU does. Run with --expose-gc.
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin, qemuProcessPlugin } from '@xen-image/dm-qemu';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { posixPlugin } from '@xen-image/posix';
import { openSimulator } from '@xen-image/xen-sim';
import { OWN_LIMITS, ownCounts, soak } from './soak.mjs';

/** Guests of a cycle, and how many of them have a device model, whose process is most of their cost. */
const GUESTS = 120;
const EMULATED = 2;

// In memory, as /run is, where there is such a place.
const inMemory = statSync('/dev/shm', { throwIfNoEntry: false })?.isDirectory() ? '/dev/shm' : tmpdir();
const directory = mkdtempSync(join(inMemory, 'xen-image-soak-'));
const program = join(directory, 'device-model');
// Asked what it can give up, it has nothing to say.
writeFileSync(program, '#!/bin/sh\ncase $1 in -help | -sandbox) exit 1 ;; esac\nexec sleep 3600\n');
chmodSync(program, 0o755);

const simulator = openSimulator({
  files: {
    [program]: 'file',
    '/boot/vmlinuz': 'file',
    '/usr/lib/xen-4.17/boot/hvmloader': 'file',
    '/usr/share/seabios/bios-256k.bin': 'file',
  },
});
const real = [
  posixPlugin({
    journal: { directory: join(directory, 'journal') },
    keptDomains: { directory: join(directory, 'kept') },
  }),
  qemuProcessPlugin({
    logDirectory: join(directory, 'log'),
    logGenerations: 2,
    runDirectory: directory,
    sentinelDirectory: join(directory, 'sentinels'),
    tapDirectory: join(directory, 'tap'),
  }),
];

/** The plugins' ports in place of the simulator's. */
const realPorts = definePlugin({
  name: 'soak',
  contract: 1,
  register(context) {
    const replaced = new Set(['Posix', 'Journal', 'DeviceModels']);
    const port = (registration) => {
      const name = registration.token.description.split(':').at(-1);
      context.port(replaced.has(name) ? { ...registration, replaces: simulator.plugin.name } : registration);
    };
    for (const plugin of real) plugin.register({ ...context, port });
  },
});

/** Ready as soon as it is started: a shell says nothing in xenstore. */
const dialects = definePlugin({
  name: qemuDialectsPlugin.name,
  contract: 1,
  register(context) {
    qemuDialectsPlugin.register({
      ...context,
      dialect: (dialect) => context.dialect({ ...dialect, readiness: 'process' }),
    });
  },
});

const toolstack = new Toolstack({ plugins: [pv, hvm, dialects, simulator.plugin, realPorts] });
const host = await toolstack.hostFacts();

const text = (index) =>
  [
    `name = "guest${index}"`,
    'memory = 64',
    ...(index < EMULATED
      ? ['type = "hvm"', `device_model_override = "${program}"`]
      : ['type = "pv"', 'kernel = "/boot/vmlinuz"']),
    '',
  ].join('\n');

async function cycle() {
  const texts = Array.from({ length: GUESTS }, (_, index) => text(index));
  const plans = await Promise.all(texts.map((one) => toolstack.plan({ text: one }, { host })));
  const created = await Promise.all(plans.map((plan) => toolstack.create(plan, { attended: true })));
  await Promise.all(created.map(({ domid }) => toolstack.destroy(domid)));
  return GUESTS;
}

const files = (name) => {
  try {
    return readdirSync(join(directory, name)).length;
  } catch {
    return 0;
  }
};

/** Processes whose parent is this one. */
function childPids() {
  return readdirSync('/proc/self/task').flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
}

async function look() {
  const { memory, domains, store, introduced } = await simulator.inspect();
  return {
    ...(await ownCounts()),
    children: childPids().length,
    sentinels: files('sentinels'),
    logs: files('log'),
    'journal entries': files('journal'),
    'kept configurations': files('kept'),
    'xenstore nodes': Object.keys(store).length,
    'domains told to xenstore': introduced.length,
    domains: domains.length,
    'free memory, KiB': memory.freeKib,
    'claimed memory, KiB': memory.claimedKib,
  };
}

try {
  await soak({ looks: 30, cycle, look, limits: OWN_LIMITS });
} finally {
  rmSync(directory, { recursive: true, force: true });
}
