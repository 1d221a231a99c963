import { errnosOf, type Fault } from '@xen-image/xen-sim';
import type { Meddle } from '../host/host.js';
import { expect, said, takeUnhandled, type Codes } from './failure.js';
import { judge, judgeRecovery, type Case } from './judge.js';
import { outcomeOf, turn } from './outcome.js';
import { hostFor, type Reference, type Scenario } from './scenario.js';
import type { Recovered } from '@xen-image/core';

/** One thing that goes wrong in one place. */
export interface Point {
  readonly kind: string;
  /** What and where, in words. */
  readonly name: string;
  /** Tries it. Throws what is wrong afterwards. */
  run(): Promise<void>;
}

/** What all points of a scenario share. */
export interface Ground {
  readonly scenario: Scenario;
  readonly reference: Reference;
  readonly codes: Codes;
  readonly meddle?: Meddle | undefined;
}

/** Gives the controller that aborts the operation to whoever makes the fault. */
type FaultMaker = (abort: AbortController, crash: () => void) => readonly Fault[];

/** The error that a call fails with where which does not matter. */
const errnoOf = (call: string): string => errnosOf(call)[0] ?? 'EIO';

/** A point that befalls one run of the operation. */
function pointOf(ground: Ground, kind: string, name: string, befallen: readonly string[], faults: FaultMaker): Point {
  return {
    kind,
    name,
    async run() {
      const { scenario, meddle } = ground;
      const host = await hostFor(scenario, meddle);
      try {
        const abort = new AbortController();
        host.simulator.faults.inject(...faults(abort, host.restart.bind(host)));
        const outcome = await outcomeOf(scenario.run(host, { signal: abort.signal }));
        host.simulator.faults.clear();
        await judge(host, outcome, { ...ground, befallen });
        await expectHandled();
      } finally {
        host.close();
      }
    },
  };
}

/** Rejections that nobody handles are reported a turn later. */
export async function expectHandled(): Promise<void> {
  await turn();
  const [first] = takeUnhandled();
  expect(first === undefined, () => `a rejection is not handled: ${said(first)}`);
}

/** What can befall one call. */
export function* singlePoints(ground: Ground): Generator<Point> {
  const { scenario, reference } = ground;
  for (const [index, call] of reference.calls.entries()) {
    const nth = index + 1;
    const at = `call ${nth}, ${call}`;
    const point = (kind: string, what: string, make: FaultMaker): Point =>
      pointOf(ground, kind, `${at}: ${what}`, [call], make);
    for (const errno of errnosOf(call)) {
      yield point('refused', `refused with ${errno}`, () => [{ nth, refuse: errno }]);
    }
    yield point('thrown', 'a TypeError is thrown', () => [{ nth, throw: new TypeError('thrown by the harness') }]);
    yield point('answer lost', 'carried out, the answer lost', () => [{ nth, lose: errnoOf(call) }]);
    yield point('process ends', 'the process ends before it', (_, crash) => [{ nth, before: crash }]);
    yield point('process ends', 'the process ends after it', (_, crash) => [{ nth, after: crash }]);
    yield point('no answer', 'not carried out and never answered; aborted', (abort) => [
      { nth, hang: 'before', before: soon(abort) },
    ]);
    yield point('no answer', 'carried out and never answered; aborted', (abort) => [
      { nth, hang: 'after', before: soon(abort) },
    ]);
    if (!scenario.abortable) continue;
    yield point('aborted', 'aborted before it', (abort) => [
      {
        nth,
        before: () => {
          abort.abort();
        },
      },
    ]);
    yield point('late answer', 'answered after the operation was aborted', (abort) => [
      {
        nth,
        after: async () => {
          abort.abort();
          await turn();
          await turn();
        },
      },
    ]);
  }
}

/** Aborts once the call is under way. */
const soon = (abort: AbortController) => (): void => {
  setImmediate(() => {
    abort.abort();
  });
};

/** Calls that are made after the n-th is refused: those that undo. */
async function callsAfter(ground: Ground, fault: Fault): Promise<readonly string[]> {
  const { scenario, meddle } = ground;
  const host = await hostFor(scenario, meddle);
  try {
    const recorded = host.simulator.faults.record();
    host.simulator.faults.inject(fault);
    await outcomeOf(scenario.run(host, {}));
    return recorded.slice(fault.nth).map(({ call }) => call);
  } finally {
    host.close();
  }
}

/** Of the pairs of faults in an operation of many calls, one in so many is tried; a prime, so that all places are met. */
const strideOf = ({ scenario }: Ground): number => (scenario.leaves === 'task' ? 11 : 1);

/** Likewise of those in a recovery, which are the most. */
const recoveryStrideOf = (ground: Ground): number => Math.max(3, strideOf(ground));

/** A second fault while the first is being undone. */
export async function* undoPoints(ground: Ground): AsyncGenerator<Point> {
  const stride = strideOf(ground);
  let pairs = 0;
  for (const [index, call] of ground.reference.calls.entries()) {
    const nth = index + 1;
    const first: Fault = { nth, refuse: errnoOf(call) };
    const undoing = await callsAfter(ground, first);
    for (const [place, undo] of undoing.entries()) {
      if (pairs++ % stride !== 0) continue;
      const second = nth + place + 1;
      const at = `call ${nth}, ${call}, refused; call ${second}, ${undo}`;
      const befallen = [call, undo];
      yield pointOf(ground, 'undo refused', `${at}, refused`, befallen, () => [
        first,
        { nth: second, refuse: errnoOf(undo) },
      ]);
      // A destroy goes on without a journal that cannot be written: its process must live then.
      if (call === 'Journal.open' && ground.scenario.leaves !== 'nothing') continue;
      yield pointOf(ground, 'process ends in undo', `${at}: the process ends before it`, befallen, (_, crash) => [
        first,
        { nth: second, before: crash },
      ]);
    }
  }
}

/** What can befall recovery, after the process ended at each call. */
export async function* recoveryPoints(ground: Ground): AsyncGenerator<Point> {
  const stride = recoveryStrideOf(ground);
  let pairs = 0;
  for (const [index, call] of ground.reference.calls.entries()) {
    const nth = index + 1;
    const begin = async () => {
      const { scenario, meddle } = ground;
      const host = await hostFor(scenario, meddle);
      host.simulator.faults.inject({ nth, after: host.restart.bind(host) });
      await outcomeOf(scenario.run(host, {}));
      host.restart();
      return host;
    };
    const dry = await begin();
    const recorded = dry.simulator.faults.record();
    await ground.scenario.next(dry);
    const calls = recorded.map((one) => one.call);
    dry.close();
    for (const [place, recovering] of calls.entries()) {
      if (pairs++ % stride !== 0) continue;
      const again = place + 1;
      const at = `the process ended after call ${nth}, ${call}; recovery's call ${again}, ${recovering}`;
      const faults: readonly (readonly [string, string, (crash: () => void) => Fault])[] = [
        ['recovery refused', 'refused', () => ({ nth: again, refuse: errnoOf(recovering) })],
        ['recovery refused', 'carried out, the answer lost', () => ({ nth: again, lose: errnoOf(recovering) })],
        ['process ends in recovery', 'the process ends after it', (crash) => ({ nth: again, after: crash })],
      ];
      for (const [kind, what, make] of faults) {
        yield {
          kind,
          name: `${at}: ${what}`,
          async run() {
            const host = await begin();
            try {
              host.simulator.faults.inject(make(host.restart.bind(host)));
              let all: readonly Recovered[] = [];
              const outcome = await outcomeOf(ground.scenario.next(host).then((found) => (all = found)));
              host.simulator.faults.clear();
              const point: Case & { all: readonly Recovered[] } = { ...ground, befallen: [recovering], all };
              await judgeRecovery(host, outcome, point);
              await expectHandled();
            } finally {
              host.close();
            }
          },
        };
      }
    }
  }
}
