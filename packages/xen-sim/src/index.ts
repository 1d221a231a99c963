export { openSimulator, type Simulator } from './simulator.js';
export type { HostSettings, SimulatorOptions } from './options.js';
