import { Registry } from '@xen-image/core';
import { xendProfile, xendProfilePlugin } from '../../src/profile/plugin.js';
import type { CaseInput } from '../../src/replay/case.js';
import type { CaseOutcome } from '../../src/replay/outcome.js';
import { recordingDriver, type Desk } from '../../src/replay/ports.js';
import { Recorder } from '../../src/replay/recorder.js';
import { runCase, type Bench } from '../../src/replay/run-case.js';
import { PLUGINS } from './plugins.js';
import { pv } from './guest.js';

/** What cases are run with, as a replay has it. */
export function bench(): Bench {
  const registry = new Registry();
  const desk: Desk = { recorder: new Recorder(pv()) };
  registry.use(xendProfilePlugin);
  for (const plugin of PLUGINS) registry.use(plugin);
  registry.use(recordingDriver(desk));
  return { registry, profile: xendProfile, desk };
}

const shared = bench();

/** Runs one guest through all steps. */
export function run(input: CaseInput): Promise<CaseOutcome> {
  return runCase(input, shared);
}
