/** The plan's memory figures beside what the hypervisor gives. */
import { equal, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { settledState, stateOf, untilAsBefore } from '../dom0-state.js';
import { serialLog, untilPrinted } from '../guest.js';
import { create, domidOf, writeConfig, type OwnGuest } from '../own-guest.js';

const PAGE_KIB = 4;

interface Plan {
  readonly plan: { readonly memory: Readonly<Record<string, { readonly value: number } | undefined>> };
}

async function planned({ host }: CaseTools, guest: OwnGuest): Promise<(figure: string) => number> {
  const printed = await host.must(`xen-image plan --json ${await writeConfig(host, guest)}`);
  const { memory } = (JSON.parse(printed) as Plan).plan;
  return (figure) => {
    const value = memory[figure]?.value;
    ok(value !== undefined, `the plan has no ${figure}`);
    return value;
  };
}

async function freeKib({ host }: CaseTools): Promise<number> {
  return (await stateOf(host)).freePages * PAGE_KIB;
}

async function pagesKib({ host }: CaseTools, domid: number): Promise<number> {
  const line = (await stateOf(host)).domains.find((one) => one.startsWith(`domain ${String(domid)} `));
  return Number(line?.split(' ')[3]) * PAGE_KIB;
}

/** What a guest takes, paused and once it is up, against what its plan says must be free. */
async function takes(tools: CaseTools, guest: OwnGuest): Promise<void> {
  const before = await settledState(tools.host);
  const figure = await planned(tools, guest);
  const [neededKib, limitKib, poolKib] = [figure('freeNeeded'), figure('maxMemory'), figure('pagingPool')];
  const memoryKib = guest.memoryMib * 1024;
  const atFirstKib = await freeKib(tools);
  await create(tools, guest, '--paused');
  const domid = await domidOf(tools.host, guest.name);
  const pausedKib = atFirstKib - (await freeKib(tools));
  equal(await pagesKib(tools, domid), memoryKib, 'memory is what the guest is given, video RAM within');
  await tools.host.must(`xen-image unpause ${guest.name}`);
  if (guest.type === 'hvm') await untilPrinted(tools, serialLog(guest.name), 'GUEST-UP', 240_000);
  const upKib = atFirstKib - (await freeKib(tools));
  const ownKib = await pagesKib(tools, domid);
  tools.note(
    `${guest.type} of ${String(guest.memoryMib)} MiB${guest.lines === undefined ? '' : ` (${guest.lines.join(', ')})`}: ` +
      `${String(neededKib)} KiB must be free; it took ${String(pausedKib)} paused, ${String(upKib)} up: ` +
      `${String(memoryKib)} memory, ${String(ownKib - memoryKib)} more of its own, ${String(poolKib)} paging pool, ` +
      `${String(upKib - ownKib - poolKib)} of Xen's`,
  );
  ok(ownKib <= limitKib, `${String(ownKib)} KiB are beyond its limit of ${String(limitKib)} KiB`);
  ok(upKib <= neededKib, `it took ${String(upKib)} KiB, more than the ${String(neededKib)} KiB that the plan reserved`);
  ok(neededKib - upKib <= 2048, `${String(neededKib - upKib)} KiB were reserved for nothing`);
  await tools.host.must(`xen-image destroy ${guest.name}`);
  await untilAsBefore(tools.host, before);
}

/** Memory figures. */
export const figureCases: readonly Case[] = [
  {
    name: 'our guests take what their plans reserve, and little less',
    emulated: true,
    timeoutMs: 600_000,
    run: async (tools) => {
      const hvm = (memoryMib: number, ...lines: string[]): OwnGuest => {
        return { name: tools.fresh('ofig'), type: 'hvm', memoryMib, boots: 'tiny', ...(lines.length > 0 && { lines }) };
      };
      const pv = (memoryMib: number, ...lines: string[]): OwnGuest => {
        return { name: tools.fresh('ofig'), type: 'pv', memoryMib, boots: 'grub', ...(lines.length > 0 && { lines }) };
      };
      for (const guest of [hvm(128), hvm(512, 'vcpus = 4'), pv(512, 'vcpus = 8')]) await takes(tools, guest);
    },
  },
];
