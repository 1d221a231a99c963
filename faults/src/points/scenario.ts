import type { Recovered } from '@xen-image/core';
import type { GuestKind } from '../guests/kinds.js';
import { openHost, type Host, type Meddle } from '../host/host.js';
import type { State } from '../host/state.js';

/** An operation on a guest that faults befall. */
export interface Scenario {
  readonly name: string;
  readonly kind: GuestKind;
  /** What the host is like before: the guest itself, where the operation is about one that runs. */
  prepare(host: Host): Promise<void>;
  /** The operation. It plans, too, so that what plugins throw then is met. */
  run(host: Host, options: RunOptions): Promise<unknown>;
  /**
   * What a failure leaves. `nothing`: everything is as it was. `entry`: as it was, or the journal names what is still to be
   * done. `task`: the next start takes the operation up again, and always brings it to its end.
   */
  readonly leaves: 'nothing' | 'entry' | 'task';
  /** What the next process does first. */
  next(host: Host): Promise<readonly Recovered[]>;
  /** Whether the operation can be aborted. */
  readonly abortable: boolean;
}

/** How the operation is run once. */
export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly onWarning?: (code: string) => void;
  readonly onProgress?: () => void;
}

/** The states before an operation and after one that was finished, and the calls that it makes then. */
export interface Reference {
  readonly before: State;
  /** The state afterwards, where the guest has this domid then, or is gone. */
  after(domid: number | undefined): Promise<State>;
  readonly calls: readonly string[];
}

/** Opens a host for a point, as the scenario wants it before. */
export async function hostFor(scenario: Scenario, meddle?: Meddle): Promise<Host> {
  const host = await openHost(scenario.kind, meddle);
  await scenario.prepare(host);
  return host;
}

/** Runs the operation once with nothing in its way. */
export async function referenceOf(scenario: Scenario, meddle?: Meddle): Promise<Reference> {
  const first = await runOnce(scenario, 0, meddle);
  const known = new Map([[first.domid, first.after]]);
  return {
    before: first.before,
    calls: first.calls,
    async after(domid) {
      const present = known.get(domid);
      if (present !== undefined) return present;
      if (domid === undefined || first.domid === undefined || domid < first.domid) return first.after;
      const { after } = await runOnce(scenario, domid - first.domid, meddle);
      known.set(domid, after);
      return after;
    },
  };
}

/** The same on a host that gave out so many more domids before. */
async function runOnce(scenario: Scenario, domids: number, meddle: Meddle | undefined) {
  const host = await openHost(scenario.kind, meddle);
  try {
    for (let spent = 0; spent < domids; spent += 1) {
      const { domid } = await host.toolstack.create(await host.plan(), { attended: true });
      await host.toolstack.destroy(domid);
    }
    await scenario.prepare(host);
    const before = (await host.look()).state;
    const recorded = host.simulator.faults.record();
    await scenario.run(host, {});
    const calls = recorded.map(({ call }) => call);
    host.simulator.faults.clear();
    const { state: after, domid } = await host.look();
    return { before, after, calls, domid };
  } finally {
    host.close();
  }
}
