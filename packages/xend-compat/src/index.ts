/**
 * The `xend` profile, and the replay of recorded cases.
 *
 * @packageDocumentation
 */
export { readDictionary, type XendReading } from './dictionary/read.js';
export { hostFacts } from './dictionary/host.js';
export type { CpuidMap, Dict, Json, XendClock, XendGuest, XendHost, XendOptions, XendVm } from './dictionary/input.js';
export { xendProfile, xendProfilePlugin, xendProfilePlugin as default } from './profile/plugin.js';
export { replayCases, type ReplayOptions, type ReplaySummary } from './replay/replay.js';
export { RULES, type Difference, type Rule, type StepName } from './replay/compare.js';
