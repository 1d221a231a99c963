import { isXenImageError } from '@xen-image/core';
import { difference } from '../host/state.js';
import { expect, expectCoded, said, type Codes } from '../points/failure.js';
import type { RealHost } from './host.js';

/** The states before an operation and after one that nothing befell. */
export interface Ends {
  readonly before: string;
  readonly after: string;
}

/** How an operation ended. */
export type Ending = { readonly what: 'resolved' } | { readonly what: 'rejected'; readonly error: unknown };

/** An operation that has not ended by then hangs. */
const HANGS_MS = 60_000;

/** Waits for an operation. */
export async function endingOf(work: Promise<unknown>): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  const hangs = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, HANGS_MS, undefined)));
  try {
    const ending = await Promise.race([
      work.then(
        (): Ending => ({ what: 'resolved' }),
        (error: unknown): Ending => ({ what: 'rejected', error }),
      ),
      hangs,
    ]);
    expect(ending !== undefined, `it hangs: it has not ended in ${HANGS_MS} ms`);
    return ending ?? { what: 'resolved' };
  } finally {
    clearTimeout(timer);
  }
}

/** Names of what an error says that it left. */
function leftBehind(error: unknown): readonly string[] {
  const left: unknown = isXenImageError(error) ? error.data?.['leftBehind'] : undefined;
  return Array.isArray(left) ? left.map((one: { readonly name: string }) => one.name) : [];
}

/**
 * Looks at a host after an operation that ended in the same process: it is as before, or as a finished operation leaves it, or the
 * journal names what is left.
 */
export async function judgeEnding(host: RealHost, ending: Ending, ends: Ends, codes: Codes): Promise<void> {
  const journal = await host.toolstack().journal();
  const state = await host.look();
  if (ending.what === 'resolved') {
    expect(journal.length === 0, () => `it succeeded, and the journal has ${JSON.stringify(journal)}`);
    expectState(state, [ends.after], 'it succeeded, and the host is not as it should be');
    return;
  }
  const { error } = ending;
  expectCoded(error, codes);
  const left = [...leftBehind(error)].sort().join(', ');
  if (journal.length === 0) {
    expect(left === '', () => `${left} is left behind, and no journal entry says so`);
    expectState(state, [ends.before], `it failed (${said(error)}), and the host is not as before`);
    return;
  }
  expect(journal.length === 1, () => `there are ${journal.length} journal entries`);
  const pending = [...(journal[0]?.pending ?? [])].sort().join(', ');
  expect(left !== '', () => `the error says nothing of what is left: ${said(error)}`);
  expect(pending === left, () => `the journal has ${pending}, the error ${left}`);
}

/** Another process recovers, and finishes: nothing is left over, and the host is in one of the states. */
export async function judgeRecovered(host: RealHost, allowed: readonly string[], codes: Codes): Promise<void> {
  const toolstack = host.toolstack();
  for (const { outcome, error } of await toolstack.recover()) {
    if (error !== undefined) expectCoded(error, codes);
    expect(outcome !== 'failed', () => `recovery failed: ${said(error)}`);
  }
  const journal = await toolstack.journal();
  expect(journal.length === 0, () => `the journal still has ${JSON.stringify(journal)}`);
  expectState(await host.look(), allowed, 'after recovery the host is neither as before nor as it should be');
}

function expectState(state: string, allowed: readonly string[], what: string): void {
  if (allowed.includes(state)) return;
  const nearest = allowed
    .map((one) => difference(state, one))
    .sort((a, b) => a.split('\n').length - b.split('\n').length);
  expect(false, `${what}\n${nearest[0] ?? ''}`);
}
