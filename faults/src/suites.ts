import type { Codes } from './points/failure.js';
import { DEVICE_MODEL_STATE } from './device-model-state.js';
import { PLANTED } from './planted.js';
import { pluginPoints } from './points/plugins.js';
import { recoveryPoints, singlePoints, undoPoints, type Ground } from './points/point.js';
import { referenceOf, type Scenario } from './points/scenario.js';
import { KILL_SUITES } from './real/kill-suite.js';
import { WIRE_SUITES } from './real/wire-suite.js';
import { SCENARIOS } from './scenarios.js';
import type { Suite } from './suite.js';

/** Everything that can befall an operation on a simulated host. */
export function scenarioSuite(scenario: Scenario): Suite {
  return {
    name: scenario.name,
    async *points(codes: Codes) {
      const ground: Ground = { scenario, codes, reference: await referenceOf(scenario) };
      yield* singlePoints(ground);
      yield* pluginPoints(ground);
      yield* undoPoints(ground);
      yield* recoveryPoints(ground);
    },
  };
}

/** All suites, the longest first, so that two workers are done at about the same time. */
export const SUITES: readonly Suite[] = [
  ...KILL_SUITES,
  ...WIRE_SUITES,
  ...[...SCENARIOS].reverse().map(scenarioSuite),
  ...DEVICE_MODEL_STATE.map(scenarioSuite),
  PLANTED,
];
