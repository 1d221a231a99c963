import type { Check } from './check.js';
import { abortChecks } from './abort.js';
import { argvChecks } from './argv.js';
import { buildChecks } from './build.js';
import { contractChecks } from './contract.js';
import { faultChecks } from './faults.js';
import { manifestChecks } from './manifest.js';
import { memoryChecks } from './memory.js';
import { planChecks } from './plan.js';
import { purityChecks } from './purity.js';
import { refusalChecks } from './refusals.js';
import { restoreChecks } from './restore.js';

/** All checks, in the order in which they are to be read: who the plugin is, what it decides, what comes of it. */
export const ALL: readonly Check[] = [
  ...contractChecks,
  ...manifestChecks,
  ...purityChecks,
  ...memoryChecks,
  ...planChecks,
  ...argvChecks,
  ...restoreChecks,
  ...refusalChecks,
  ...buildChecks,
  ...faultChecks,
  ...abortChecks,
];
