/** Creating and destroying without pause. */
import { ok } from 'node:assert/strict';
import type { Case } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { soak } from '../soaking.js';

/** Long enough for some hundred guests where the machine is quiet. */
const SECONDS = 45;

/** The short soak; `npm run soak -- --xen --seconds N` is the long one. */
export const soakCases: readonly Case[] = [
  {
    name: 'guests that are created and destroyed without pause leave nothing, and nothing grows',
    timeoutMs: 400_000,
    run: async (tools) => {
      const { host } = tools;
      const before = await settledState(host);
      const { domains, perSecond, rows } = await soak(host, SECONDS);
      tools.note(`${String(domains)} domains, ${perSecond.toFixed(1)} a second`);
      const grown = rows.filter(({ flat }) => !flat);
      ok(grown.length === 0, JSON.stringify(grown));
      await untilAsBefore(host, before);
    },
  },
];
