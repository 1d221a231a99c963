/** Creates that cannot be: each says why, and takes nothing. */
import { equal, match, ok } from 'node:assert/strict';
import type { Case, CaseTools } from '../case.js';
import { refused, type OwnGuest } from '../own-guest.js';

function pv(tools: CaseTools, change: Partial<OwnGuest>): OwnGuest {
  return { name: tools.fresh('obad'), type: 'pv', memoryMib: 64, ...change };
}

/** Refusals. */
export const refusalCases: readonly Case[] = [
  {
    name: 'a kernel that is missing is named, and nothing is left',
    run: async (tools) => {
      const error = await refused(tools, pv(tools, { lines: ['kernel = "/boot/none"'] }), 'KERNEL_MISSING');
      match(error.message, /\/boot\/none/);
    },
  },
  {
    name: 'a kernel that is none for Xen is refused with what the builder says, and nothing is left',
    run: async (tools) => {
      // A bzImage without Xen's notes, and a file that is no kernel at all.
      const bare = await refused(tools, pv(tools, { lines: ['kernel = "/boot/tiny"'] }), 'HYPERVISOR_CALL_FAILED');
      match(bare.message, /^xc_dom_parse_image failed for domain \d+: /);
      match((bare.said ?? []).join('\n'), /no loader found|no supported|not a Xen|kernel/i);
      const text = await refused(tools, pv(tools, { lines: ['kernel = "/etc/passwd"'] }), 'HYPERVISOR_CALL_FAILED');
      match((text.said ?? []).join('\n'), /no loader found|kernel/i);
    },
  },
  {
    name: 'more memory than is free is refused with both figures, and nothing is left',
    run: async (tools) => {
      const error = await refused(tools, pv(tools, { memoryMib: 65536 }), 'MEMORY_SHORT');
      const figures = /^not enough free memory: (\d+) KiB are needed, (\d+) KiB are free$/.exec(error.message);
      ok(figures !== null, error.message);
      equal(Number(figures[1]), 65536 * 1024 + 1024 + 16);
      const freeMib = Number(await tools.host.must("xl info | sed -n 's/^free_memory *: //p'"));
      ok(
        Math.abs(Number(figures[2]) / 1024 - freeMib) < 2,
        `${String(figures[2])} KiB, xl says ${String(freeMib)} MiB`,
      );
    },
  },
  {
    name: '2 MiB extents alone are refused for an odd size with the sizes that can be had',
    run: async (tools) => {
      const guest = pv(tools, { memoryMib: 127, lines: ['superpages = 1'] });
      const error = await refused(tools, guest, 'SUPERPAGES_UNEVEN');
      match(error.message, /130048 KiB/);
      match(error.hint ?? '', /126 MiB or 128 MiB/);
    },
  },
  {
    name: 'an HVM guest is refused where the processor has no HVM, and nothing is left',
    machine: 'noHvm',
    run: async (tools) => {
      const guest: OwnGuest = { name: tools.fresh('onohvm'), type: 'hvm', memoryMib: 64, boots: 'tiny' };
      const error = await refused(tools, guest, 'HVM_REQUIRED');
      match(error.message, /HVM/);
      match(error.hint ?? '', /xen_caps; a PV guest needs no such support/);
    },
  },
];
