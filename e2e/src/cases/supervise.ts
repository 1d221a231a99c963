/** `xen-image watch` on a real host: device models that die, guests that end and reboot, supervisors that are killed. */
import { equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilGone, untilPrinted, untilState } from '../guest.js';
import type { Host } from '../host.js';
import { create, domidOf, type OwnGuest } from '../own-guest.js';

interface WatchEvent {
  readonly event: string;
  readonly [key: string]: unknown;
}

/** A supervisor in dom0, and what it says. */
interface Watch {
  readonly events: readonly WatchEvent[];
  /** The first event that fits, also one that was before. */
  readonly until: (what: string, fits: (event: WatchEvent) => boolean) => Promise<WatchEvent>;
  /** Ends it, by SIGTERM where not told otherwise, and waits until it is gone. */
  readonly end: (signal?: 'TERM' | 'KILL') => Promise<void>;
}

const PID_FILE = '/tmp/xen-image-watch.pid';
const PATIENCE_MS = 60_000;

/** Starts `xen-image watch` and waits until it supervises. */
async function startWatch({ host, signal }: CaseTools): Promise<Watch> {
  const events: WatchEvent[] = [];
  const listeners = new Set<() => void>();
  let rest = '';
  const running = host.run(`echo $$ > ${PID_FILE}; exec xen-image watch --json`, {
    timeoutMs: 400_000,
    signal,
    onStdout: (chunk) => {
      rest += chunk.toString();
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') events.push((JSON.parse(line) as { event: WatchEvent }).event);
      for (const listener of listeners) listener();
    },
  });
  running.catch(() => undefined);
  const until: Watch['until'] = (what, fits) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = events.find(fits);
        if (found === undefined) return;
        clearTimeout(timer);
        listeners.delete(look);
        resolve(found);
      };
      const timer = setTimeout(() => {
        listeners.delete(look);
        reject(new Error(`${what} was not told in ${String(PATIENCE_MS)} ms; told were:\n${JSON.stringify(events)}`));
      }, PATIENCE_MS);
      listeners.add(look);
      look();
    });
  const watch: Watch = {
    events,
    until,
    end: async (how = 'TERM') => {
      await host.run(`kill -${how} $(cat ${PID_FILE})`);
      await running;
    },
  };
  await until('supervising', ({ event }) => event === 'supervising');
  return watch;
}

/** Does something while a supervisor runs. */
async function watched(tools: CaseTools, work: (watch: Watch) => Promise<void>): Promise<void> {
  const watch = await startWatch(tools);
  try {
    await work(watch);
  } finally {
    await watch.end();
  }
}

/** The pid of a domain's device model, as xenstore has it. */
async function deviceModelPid(host: Host, domid: number): Promise<string> {
  return (await host.must(`xenstore-read /local/domain/${String(domid)}/image/device-model-pid`)).trim();
}

const tiny = (tools: CaseTools, stem: string, ...lines: string[]): OwnGuest => ({
  name: tools.fresh(stem),
  type: 'hvm',
  memoryMib: 64,
  boots: 'tiny',
  lines,
});

const shutDown = (name: string) => (event: WatchEvent) =>
  event.event === 'domain-shutdown' && (event['domain'] as { name?: string }).name === name;

export const superviseCases: readonly Case[] = [
  {
    name: 'a device model that is killed has its domain marked crashed within a second, as xl sees it',
    emulated: true,
    timeoutMs: 240_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      await watched(tools, async (watch) => {
        const guest = tiny(tools, 'shot', 'on_crash = "preserve"');
        await create(tools, guest);
        const domid = await domidOf(host, guest.name);
        await watch.until('watched', ({ event }) => event === 'device-model-watched');
        const pid = await deviceModelPid(host, domid);
        // Timed in dom0, where a look takes milliseconds, by what the hypervisor says through xl.
        const look = `until xl list ${String(domid)} | grep -q -- '---*s*c[- ]'; do :; done`;
        const ms = await host.must(
          `started=$(date +%s%N); kill -9 ${pid}; timeout 30 sh -c '${look.replaceAll("'", '"')}'; echo $((($(date +%s%N) - started) / 1000000))`,
        );
        tools.note(`xl saw the crash ${ms.trim()} ms after the kill`);
        const died = await watch.until('its death', ({ event }) => event === 'device-model-died');
        equal(died['crashed'], true, JSON.stringify(watch.events));
        ok(Number(ms) < 1000, `${ms.trim()} ms`);
        await host.must(`xen-image destroy ${guest.name}`);
        await untilGone(host, guest.name);
      });
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a guest that reboots comes back under its name, and one that powers off then leaves nothing',
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      await watched(tools, async (watch) => {
        const extra = 'rig.after=1 rig.do=reboot';
        const guest: OwnGuest = { name: tools.fresh('again'), type: 'pv', memoryMib: 128, extra };
        await create(tools, guest);
        const first = await domidOf(host, guest.name);
        const again = await watch.until('the restart', ({ event }) => event === 'domain-restarted');
        const { domid } = again['domain'] as { domid: number };
        ok(domid !== first, 'a domid of its own');
        equal(await domidOf(host, guest.name), domid);
        const printed = await untilPrinted(tools, consoleLog(guest), 'GUEST-REBOOT', 120_000);
        match(printed, /GUEST-UP/);
        await host.must(`xen-image destroy ${guest.name}`);
        await untilGone(host, guest.name);

        const other: OwnGuest = { ...guest, name: tools.fresh('off'), extra: 'rig.after=1 rig.do=poweroff' };
        await create(tools, other);
        await watch.until('the power-off', shutDown(other.name));
        await untilGone(host, other.name);
      });
      await untilAsBefore(host, before);
    },
  },
  {
    name: 'a supervisor that is killed and started again finds the device model again, and one that died meanwhile',
    emulated: true,
    timeoutMs: 300_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const guest = tiny(tools, 'outlives', 'on_crash = "preserve"');
      const first = await startWatch(tools);
      await create(tools, guest);
      await first.until('watched', ({ event }) => event === 'device-model-watched');
      const pid = await deviceModelPid(host, await domidOf(host, guest.name));
      await first.end('KILL');
      const second = await startWatch(tools);
      const adopted = await second.until('adoption', ({ event }) => event === 'device-model-watched');
      equal(adopted['adopted'], true);
      await second.end('KILL');
      await host.must(`kill -9 ${pid}`);
      await watched(tools, async (third) => {
        await third.until('the death', ({ event }) => event === 'device-model-died');
        await untilState(host, guest.name, '---sc-');
        await host.must(`xen-image destroy ${guest.name}`);
      });
      await untilAsBefore(host, before);
    },
  },
];
