/** In which order cases run, and on how many machines at once. */
import type { Case, MachineName } from './case.js';
import type { CaseResult } from './runner.js';

/** A machine that is booted when its first case comes, and again when a case broke it. */
export interface Station {
  run(one: Case): Promise<CaseResult>;
  /** Ends the host. */
  close(): Promise<void>;
}

/** The machine of a case. */
export const machineOf = (one: Case): MachineName => one.machine ?? 'standard';

/** So many cases that wait for a machine which is up are worth a second one of its kind. */
const WORTH_A_BOOT = 8;

/**
 * Runs cases on as many machines side by side as there are lanes; those with HVM guests, the longest, first.
 *
 * @param machines - those that the cases name, in the order of their run
 * @param open - makes a machine; those of different lanes are up at the same time
 */
export async function runInLanes(
  wanted: readonly Case[],
  machines: readonly MachineName[],
  lanes: number,
  open: (machine: MachineName, lane: number) => Station,
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const casesOf = (machine: MachineName, emulated: boolean): Case[] =>
    wanted.filter((one) => machineOf(one) === machine && (one.emulated === true) === emulated);
  const waiting = new Map(
    machines.map((machine) => [machine, [...casesOf(machine, true), ...casesOf(machine, false)]]),
  );
  const served = new Set<MachineName>();
  const lane = async (number: number, order: readonly MachineName[]): Promise<void> => {
    for (;;) {
      const machine = order.find((name) => {
        const { length } = waiting.get(name) ?? [];
        return served.has(name) ? length >= WORTH_A_BOOT : length > 0;
      });
      if (machine === undefined) return;
      served.add(machine);
      const station = open(machine, number);
      const cases = waiting.get(machine) ?? [];
      for (let one = cases.shift(); one !== undefined; one = cases.shift()) results.push(await station.run(one));
      await station.close();
    }
  };
  // Each lane but the first begins with the machines that have little to do, and then takes from the first one's cases.
  const others = [...machines.slice(1), ...machines.slice(0, 1)];
  await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number, number === 0 ? machines : others)));
  return results;
}
