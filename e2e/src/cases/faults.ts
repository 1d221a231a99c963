/** What goes wrong while a guest is made: each create ends with a code, leaves nothing, and other guests are untouched. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { converse, type Conversation } from '../conversation.js';
import { settledState, untilAsBefore, type Dom0State } from '../dom0-state.js';
import { domains, xlCreate } from '../guest.js';
import { configText, program, writeConfig, type OwnGuest, type PrintedError } from '../own-guest.js';

/**
 * Stands between a client and xenstored. Each line is for the next client: after how many requests its connection is cut
 * (0: never), and whether the last of them still comes to xenstored; `gone` lets no client in any more once that one is cut.
 * Prints how many requests each client made.
 */
const PROXY = `
import { createServer, connect } from 'node:net';
import { createInterface } from 'node:readline';
import { rmSync } from 'node:fs';
const path = '/tmp/xenstored-proxy';
rmSync(path, { force: true });
let rule = { after: 0 };
const server = createServer((client) => {
  const own = rule;
  rule = { after: 0 };
  const daemon = connect('/run/xenstored/socket');
  let rest = Buffer.alloc(0), requests = 0, cut = false;
  const end = () => { client.destroy(); daemon.destroy(); };
  client.on('error', end).on('close', () => { end(); if (own.tell) console.log(requests); });
  daemon.on('error', end).on('close', end).pipe(client);
  client.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (!cut && rest.length >= 16 && rest.length >= 16 + rest.readUInt32LE(12)) {
      const length = 16 + rest.readUInt32LE(12);
      const frame = rest.subarray(0, length);
      rest = rest.subarray(length);
      requests++;
      cut = own.after === requests;
      if (cut && own.gone) server.close();
      if (!cut) daemon.write(frame);
      else if (own.arrives) daemon.end(frame, end);
      else end();
    }
  });
});
server.listen(path, () => console.log('ready'));
createInterface(process.stdin).on('line', (line) => {
  rule = { ...JSON.parse(line), tell: true };
  console.log('set');
}).on('close', () => process.exit());
`;

/** Creates a guest, says when it comes to a phase and with which domid, goes on when it is told to, and prints how that ended. */
const HELD = `
import { readSync, writeSync } from 'node:fs';
const [config, phase, paused] = process.argv.slice(2);
const stack = await toolstack();
const plan = await stack.plan({ text: readFileSync(config, 'utf8') });
let met = false;
const onProgress = (progress) => {
  if (met || progress.phase !== phase) return;
  met = true;
  writeSync(1, 'there ' + String(progress.domain.domid ?? '') + '\\n');
  readSync(0, Buffer.alloc(16));
};
const outcome = await stack.create(plan, { onProgress, paused: paused === 'paused' }).then(
  ({ domid }) => ({ domid }),
  (error) => ({ error: error.toJSON() }),
);
writeSync(1, JSON.stringify(outcome) + '\\n');
process.exit();
`;

/** Takes the claim from a domain, then all memory of the host but a little, until its input ends. */
const HOG = `
const { openHandle, openLibraries } = await load('@xen-image/xc-bindings');
const { createDomain, destroyDomain } = await deep('@xen-image/xc-bindings', 'calls/domain.js');
const { claimPages, setMaxMemory } = await deep('@xen-image/xc-bindings', 'calls/memory.js');
const { createFrameList, increaseReservation } = await deep('@xen-image/xc-bindings', 'calls/reservation.js');
const { physInfo } = await deep('@xen-image/xc-bindings', 'calls/host.js');
const xc = await openHandle(await openLibraries());
const flags = 0, emulationFlags = 0, maxVcpus = 1, maxEvtchnPort = 1023, grantTableVersion = 1;
const domid = await createDomain(xc, {
  handle: Buffer.alloc(16, 0xf8), flags, emulationFlags, maxVcpus, maxEvtchnPort, grantTableVersion,
});
try {
  await setMaxMemory(xc, domid, 2 ** 34);
  await claimPages(xc, Number(process.argv[2]), 0);
  for (;;) {
    const extents = Math.min(256, Math.floor(((await physInfo(xc)).freePages - 4096) / 512));
    if (extents <= 0 || (await increaseReservation(xc, domid, { order: 9, frames: createFrameList(extents) })) < extents) break;
  }
  console.log('taken');
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
} finally {
  await destroyDomain(xc, domid);
  await xc.close();
}
`;

interface Outcome {
  readonly domid?: number;
  readonly error?: PrintedError & { readonly errno?: string; readonly data?: Readonly<Record<string, unknown>> | null };
}

function grub(tools: CaseTools, stem: string, memoryMib = 64): OwnGuest {
  return { name: tools.fresh(stem), type: 'pv', memoryMib, boots: 'grub' };
}

function tiny(tools: CaseTools, stem: string): OwnGuest {
  return { name: tools.fresh(stem), type: 'hvm', memoryMib: 64, boots: 'tiny' };
}

/** Does something beside a guest of xl, which must be as before when it is over. */
async function besideAnother(tools: CaseTools, work: (before: Dom0State) => Promise<void>): Promise<void> {
  const { host } = tools;
  const name = tools.fresh('other');
  await xlCreate(host, { name, type: 'pv', memoryMib: 32, kernel: '/boot/grub-pv' });
  try {
    await host.must(`xl pause ${name}`);
    const before = await settledState(host);
    await work(before);
    match(await host.must(`xl list ${name}`), /[r-][b-]p---/);
  } finally {
    await host.run(`xl destroy ${name}`);
  }
}

/** A create by our command, with xenstored reached through the proxy. */
async function createThrough(tools: CaseTools, guest: OwnGuest): Promise<Outcome> {
  const path = await writeConfig(tools.host, guest);
  const { stdout, stderr } = await tools.host.run(`xen-image create --paused --json ${path}`, {
    env: { XENSTORED_PATH: '/tmp/xenstored-proxy' },
    timeoutMs: 180_000,
  });
  match(stdout, /^\{/, stderr);
  return JSON.parse(stdout) as Outcome;
}

/** A create of one guest that waits at a phase. */
async function held(
  tools: CaseTools,
  guest: OwnGuest,
  phase: string,
): Promise<{ readonly talk: Conversation; readonly domid: number }> {
  const command = await program(tools.host, 'held', HELD);
  const talk = converse(tools, `${command} ${await writeConfig(tools.host, guest)} ${phase}`, 300_000);
  const [there, domid] = (await talk.hear()).split(' ');
  equal(there, 'there');
  // Its name may be on its way to xenstore yet: the hypervisor knows it by its domid alone.
  return { talk, domid: Number(domid) };
}

/** Lets a held create go on, which must fail and have undone everything. */
async function failsNow(talk: Conversation): Promise<NonNullable<Outcome['error']>> {
  const text = await talk.ask('go');
  const { error } = JSON.parse(text) as Outcome;
  ok(error !== undefined, text);
  equal(error.data?.['leftBehind'], undefined, text);
  await talk.end();
  return error;
}

const LOST = /^XENSTORE_(DISCONNECTED|TRANSACTION_LOST|CONNECT)$/;

/** Faults from outside. */
export const faultCases: readonly Case[] = [
  {
    name: 'a create whose connection to xenstored is cut, wherever that is, ends with a code and leaves nothing',
    timeoutMs: 600_000,
    run: async (tools) => {
      await besideAnother(tools, async (atFirst) => {
        const proxy = converse(tools, await program(tools.host, 'proxy', PROXY), 580_000);
        equal(await proxy.hear(), 'ready');
        const before = await settledState(tools.host);
        const through = async (rule: object): Promise<{ readonly outcome: Outcome; readonly guest: OwnGuest }> => {
          equal(await proxy.ask(JSON.stringify(rule)), 'set');
          const guest = grub(tools, 'ocut');
          return { outcome: await createThrough(tools, guest), guest };
        };
        // Recovery and create each have a connection; nothing is to be recovered, so that the first is the create's.
        const whole = await through({ after: 0 });
        ok(whole.outcome.error === undefined, JSON.stringify(whole.outcome));
        const requests = Number(await proxy.hear());
        ok(requests > 10, `${String(requests)} requests`);
        await tools.host.must(`xen-image destroy ${whole.guest.name}`);
        await untilAsBefore(tools.host, before);
        for (let part = 0; part < 4; part++) {
          const after = 1 + Math.floor(((part + Math.random()) / 4) * requests);
          const arrives = part % 2 === 0;
          const { outcome, guest } = await through({ after, arrives });
          await proxy.hear();
          tools.note(
            `cut ${arrives ? 'after' : 'before'} request ${String(after)} of ${String(requests)}: ${outcome.error?.code ?? 'created'}`,
          );
          if (outcome.error === undefined) await tools.host.must(`xen-image destroy ${guest.name}`);
          else match(outcome.error.code, LOST, JSON.stringify(outcome));
          equal(outcome.error?.data?.['leftBehind'], undefined, JSON.stringify(outcome));
          await untilAsBefore(tools.host, before);
        }
        // Where xenstored cannot be reached any more, the journal has what is left, and recovery gives it back later.
        const { outcome } = await through({ after: Math.floor(requests * 0.6), gone: true });
        match(outcome.error?.code ?? '', LOST, JSON.stringify(outcome));
        ok(Array.isArray(outcome.error?.data?.['leftBehind']), JSON.stringify(outcome));
        await proxy.end();
        const recovered = JSON.parse(await tools.host.must('xen-image recover --json')) as {
          readonly recovered: readonly { readonly outcome: string }[];
        };
        deepEqual(
          recovered.recovered.map((one) => one.outcome),
          ['undone'],
        );
        await untilAsBefore(tools.host, atFirst);
      });
    },
  },
  {
    name: 'a create with a full disk below its journal, or below the logs, ends with a code and leaves nothing',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      for (const [folder, options, guest, code] of [
        ['/run/xen-image/journal', 'size=4k', grub(tools, 'ofull'), 'JOURNAL_FAILED'],
        ['/var/log/xen', 'nr_inodes=1', tiny(tools, 'ofull'), 'DEVICE_MODEL_LOG'],
      ] as const) {
        await host.must(`mkdir -p ${folder} && mount -t tmpfs -o ${options},mode=700 full ${folder}`);
        try {
          await host.run(`head -c 4096 /dev/zero > ${folder}/full`);
          const before = await settledState(host);
          const { stdout } = await host.run(`xen-image create --json ${await writeConfig(host, guest)}`, {
            timeoutMs: 120_000,
          });
          const { error } = JSON.parse(stdout) as Outcome;
          equal(error?.code, code, stdout);
          equal(error.errno, 'ENOSPC', stdout);
          await untilAsBefore(host, before);
        } finally {
          await host.must(`umount ${folder}`);
        }
      }
    },
  },
  {
    name: 'a guest for which memory runs out while it is built is undone, and the error says so',
    timeoutMs: 300_000,
    run: async (tools) => {
      await besideAnother(tools, async (before) => {
        const guest = grub(tools, 'oshort', 512);
        const { talk, domid } = await held(tools, guest, 'build');
        const hog = converse(tools, `${await program(tools.host, 'hog', HOG)} ${String(domid)}`, 200_000);
        equal(await hog.hear(), 'taken');
        const error = await failsNow(talk);
        await hog.end();
        match(error.code, /^(HYPERVISOR_CALL_FAILED|MEMORY_SHORT)$/, JSON.stringify(error));
        match(`${error.message} ${(error.said ?? []).join(' ')} ${String(error.errno)}`, /memory|ENOMEM/i);
        await untilAsBefore(tools.host, before);
      });
    },
  },
  {
    name: 'a guest that xl destroys while it is made fails its create, and nothing is left',
    timeoutMs: 400_000,
    run: async (tools) => {
      await besideAnother(tools, async (before) => {
        for (const [guest, phase] of [
          [grub(tools, 'ogone'), 'build'],
          [grub(tools, 'ogone'), 'introduce'],
          [tiny(tools, 'ogone'), 'device-model'],
        ] as const) {
          const { talk, domid } = await held(tools, guest, phase);
          await tools.host.must(`xl destroy ${String(domid)}`);
          const error = await failsNow(talk);
          tools.note(`${guest.type}, destroyed before ${phase}: ${error.code} (${String(error.errno)})`);
          match(error.code, /^[A-Z0-9_]+$/);
          await untilAsBefore(tools.host, before);
        }
      });
    },
  },
  {
    name: 'of two processes that give one name at once one creates its guest and the other is told, and leaves nothing',
    timeoutMs: 200_000,
    run: async (tools) => {
      await besideAnother(tools, async (before) => {
        const guest = grub(tools, 'otwin');
        // Each has found the name free when it comes to its domain's making.
        const both = [await held(tools, guest, 'create'), await held(tools, guest, 'create')];
        const texts = await Promise.all(both.map(({ talk }) => talk.ask('go')));
        await Promise.all(both.map(({ talk }) => talk.end()));
        const outcomes = texts.map((text) => JSON.parse(text) as Outcome);
        const created = outcomes.flatMap(({ domid }) => domid ?? []);
        const failed = outcomes.flatMap(({ error }) => error ?? []);
        equal(created.length, 1, texts.join('\n'));
        deepEqual(
          failed.map(({ code }) => code),
          ['NAME_TAKEN'],
          texts.join('\n'),
        );
        deepEqual((await domains(tools.host)).get(guest.name), created[0]);
        await tools.host.must(`xen-image destroy ${guest.name}`);
        await untilAsBefore(tools.host, before);
      });
    },
  },
];

/** dom0 that gives memory. */
export const dom0MemoryCases: readonly Case[] = [
  {
    name: 'dom0 gives memory that lacks for a guest, down to its configured minimum and no further',
    machine: 'oxenstored',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const memoryOf = async (): Promise<{ readonly free: number; readonly dom0: number }> => {
        const free = Number(await host.must("xl info | sed -n 's/^free_memory *: //p'"));
        const dom0 = Number(await host.must("xl list 0 | awk 'NR == 2 { print $3 }'"));
        return { free, dom0 };
      };
      const before = await memoryOf();
      const config = '/tmp/dom0-minimum/xen-image.config.json';
      const minimumMib = before.dom0 - 256;
      await host.must(`mkdir -p /tmp/dom0-minimum && cat > ${config}`, {
        input: JSON.stringify({ plugins: [], dom0MinimumMib: minimumMib }),
      });
      const guest = { ...grub(tools, 'obig', before.free + 128) };
      const text = configText(guest);
      const create = async (args: string): Promise<Outcome> => {
        const { stdout } = await host.run(
          `cat > /tmp/big.cfg && xen-image create --paused --json ${args} /tmp/big.cfg`,
          {
            input: text,
            timeoutMs: 240_000,
          },
        );
        return JSON.parse(stdout) as Outcome;
      };
      equal((await create('--no-config')).error?.code, 'MEMORY_SHORT');
      equal((await memoryOf()).dom0, before.dom0);
      try {
        const { error } = await create(`--config ${config}`);
        equal(error, undefined, JSON.stringify(error));
        const shrunk = await memoryOf();
        tools.note(
          `dom0 had ${String(before.dom0)} MiB, the host ${String(before.free)} free; a guest of ${String(guest.memoryMib)} left dom0 ${String(shrunk.dom0)}`,
        );
        ok(shrunk.dom0 < before.dom0 - 100 && shrunk.dom0 >= minimumMib, `${String(shrunk.dom0)} MiB`);
        const second = { ...grub(tools, 'omore', 256) };
        const refused = await host.run(`xen-image create --json --config ${config} ${await writeConfig(host, second)}`);
        const told = (JSON.parse(refused.stdout) as Outcome).error;
        equal(told?.code, 'MEMORY_SHORT', refused.stdout);
        match(told.message, /\d+ KiB are needed, \d+ KiB are free.*and dom0 has \d+ KiB, of which it keeps \d+ KiB$/);
        equal((await memoryOf()).dom0, shrunk.dom0);
        await host.must(`xen-image destroy ${guest.name}`);
      } finally {
        await host.must(`rm -r /tmp/dom0-minimum; xl mem-set 0 ${String(before.dom0)}`);
      }
    },
  },
];
