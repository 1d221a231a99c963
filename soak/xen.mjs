// Guests on a real Xen, in dom0: PV guests several at once, now and then an HVM guest with its device model, all paused. Run
// with --expose-gc.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { Toolstack } from '@xen-image/core';
import { qemuDialectsPlugin, qemuProcessPlugin } from '@xen-image/dm-qemu';
import hvm from '@xen-image/handler-x86-hvm';
import pv from '@xen-image/handler-x86-pv';
import { JOURNAL_DIRECTORY, KEPT_DOMAINS_DIRECTORY, posixPlugin } from '@xen-image/posix';
import { xenPlugin } from '@xen-image/xc-bindings';
import { connectXenStore, xenStorePlugin } from '@xen-image/xenstore';
import { OWN_LIMITS, ownCounts, soak } from './soak.mjs';

const AT_ONCE = 4;
/** One cycle in so many has an HVM guest, whose device model takes as long as a dozen PV guests. */
const HVM_EVERY = 6;

const client = await connectXenStore();
const toolstack = new Toolstack({
  plugins: [
    pv,
    hvm,
    qemuDialectsPlugin,
    xenPlugin(),
    xenStorePlugin({ client }),
    posixPlugin(),
    qemuProcessPlugin({ logGenerations: 1 }),
  ],
});

const text = (name, lines) => [`name = "${name}"`, ...lines, ''].join('\n');
const small = Array.from({ length: AT_ONCE }, (_, index) =>
  text(`soak-pv-${index}`, ['type = "pv"', 'kernel = "/boot/grub-pv"', 'memory = 32']),
);
const emulated = text('soak-hvm', ['type = "hvm"', 'memory = 64', 'vnc = 0']);

async function createAndDestroy(texts) {
  await Promise.all(
    texts.map(async (one) => {
      const { domid } = await toolstack.create(await toolstack.plan({ text: one }), { paused: true, attended: true });
      await toolstack.destroy(domid);
    }),
  );
  return texts.length;
}

let cycles = 0;
const cycle = () => createAndDestroy(cycles++ % HVM_EVERY === 0 ? [...small, emulated] : small);

const files = (directory) => readdirSync(directory).length;

/** What a program of dom0 prints, by lines. */
function lines(command, ...args) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
  return stdout.trim().split('\n').length;
}

/** Xen frees a domain's last pages a moment after it is gone. */
async function settled() {
  for (let freeKib = -1; ;) {
    const { freeKib: now, scrubbingKib } = await toolstack.physicalMemory();
    if (now === freeKib && scrubbingKib === 0) return { now, domains: (await toolstack.list()).length };
    freeKib = now;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

const totalKib = (await toolstack.physicalMemory()).totalKib;

async function look() {
  const { now, domains } = await settled();
  return {
    ...(await ownCounts()),
    domains,
    'memory taken, KiB': totalKib - now,
    'xenstore nodes': lines('xenstore-ls', '-f', '/'),
    sentinels: files('/run/xen-image/device-models'),
    'device model logs': files('/var/log/xen'),
    'journal entries': files(JOURNAL_DIRECTORY),
    'kept configurations': files(KEPT_DOMAINS_DIRECTORY),
  };
}

// The second device model of a name moves the log of the first aside: there are two logs from then on.
for (let time = 0; time < 2; time++) await createAndDestroy([...small, emulated]);
await soak({ looks: 12, cycle, look, limits: { ...OWN_LIMITS, 'memory taken, KiB': { perThousand: 0, swing: 512 } } });
client.close();
