import { isXenImageError, type Recovered } from '@xen-image/core';
import type { Host } from '../host/host.js';
import { difference, type State } from '../host/state.js';
import { expect, expectCoded, said, type Codes } from './failure.js';
import type { Outcome } from './outcome.js';
import type { Reference, Scenario } from './scenario.js';

/** What the judge must know of a point. */
export interface Case {
  readonly scenario: Scenario;
  readonly reference: Reference;
  readonly codes: Codes;
  /** The calls that were made to suffer. */
  readonly befallen: readonly string[];
}

const isOf = (befallen: readonly string[], ...parts: readonly string[]): boolean =>
  befallen.some((call) => parts.some((part) => call.includes(part)));

/**
 * Looks at a host after an operation that something befell. What is there must be as before, or as a finished operation
 * leaves it, or the journal names what is left and the next recovery finishes it. What did not settle is what an operator
 * would end by killing the process.
 */
export async function judge(host: Host, outcome: Outcome, point: Case): Promise<void> {
  const { reference, scenario, befallen } = point;
  if (outcome.what === 'hangs') {
    host.restart();
    await recovered(host, point);
    await expectOver(host, point);
    return;
  }
  const { state, snapshot, domid } = await host.look();
  const { journal, locks } = snapshot;
  const aboutJournal = isOf(befallen, 'Journal.');
  if (outcome.what === 'rejected') {
    expectCoded(outcome.error, point.codes);
    const left = leftBehind(outcome.error);
    if (journal.length === 0) {
      expect(left.length === 0, () => `${left.join(', ')} is left behind, and no journal entry says so`);
      if (scenario.leaves !== 'task')
        expectState(state, [reference.before], `it failed (${said(outcome.error)}), and the host is not as before`);
    } else if (!aboutJournal) {
      expect(journal.length === 1, () => `there are ${journal.length} journal entries`);
      expect(left.length > 0, () => `the error says nothing of what is left: ${said(outcome.error)}`);
      const pending = journal[0]?.pending ?? [];
      expect(
        JSON.stringify([...pending].sort()) === JSON.stringify([...left].sort()),
        () => `the journal has ${pending.join(', ')}, the error ${left.join(', ')}`,
      );
    }
  } else {
    // A restart says once more that it is over when the next supervisor begins.
    if (scenario.leaves !== 'task' || !isOf(befallen, 'KeptDomains.'))
      expectState(state, [await reference.after(domid)], 'it succeeded, and the host is not as it should be');
    expect(journal.length === 0 || aboutJournal, () => `it succeeded, and the journal has ${JSON.stringify(journal)}`);
  }
  if (!isOf(befallen, 'tryLock', 'release')) {
    const held = [...locks, ...host.kept.locks];
    expect(held.length === 0, () => `locks are still held: ${held.join(', ')}`);
  }
  if (journal.length > 0 && !aboutJournal && scenario.leaves !== 'task') await recovered(host, point);
  host.restart();
  await recovered(host, point);
  if (outcome.what === 'resolved') await expectOver(host, point, ['after']);
  else await expectOver(host, point, scenario.leaves === 'nothing' ? ['before'] : ['before', 'after']);
}

/** Names of what an error says that it left. */
function leftBehind(error: unknown): readonly string[] {
  const left: unknown = isXenImageError(error) ? error.data?.['leftBehind'] : undefined;
  return Array.isArray(left) ? left.map((one: { readonly name: string }) => one.name) : [];
}

/** A start in which nothing goes wrong. */
async function recovered(host: Host, { codes, scenario }: Pick<Case, 'codes' | 'scenario'>): Promise<void> {
  for (const { outcome, error } of await scenario.next(host)) {
    if (error !== undefined) expectCoded(error, codes);
    expect(outcome !== 'failed', () => `recovery failed: ${said(error)}`);
  }
}

/** Nothing is under way or left, and the host is as before or as it should be. */
async function expectOver(
  host: Host,
  { reference, scenario }: Case,
  allowed: readonly ('before' | 'after')[] = ['before', 'after'],
): Promise<void> {
  const { state, snapshot, domid } = await host.look();
  expect(snapshot.journal.length === 0, () => `the journal still has ${JSON.stringify(snapshot.journal)}`);
  const states: State[] = [];
  if (allowed.includes('before') && scenario.leaves !== 'task') states.push(reference.before);
  if (allowed.includes('after')) states.push(await reference.after(domid));
  expectState(state, states, 'after recovery the host is neither as before nor as it should be');
}

function expectState(state: State, allowed: readonly State[], what: string): void {
  if (allowed.includes(state)) return;
  const nearest = allowed
    .map((one) => difference(state, one))
    .sort((a, b) => a.split('\n').length - b.split('\n').length);
  expect(false, `${what}\n${nearest[0] ?? ''}`);
}

/** After a recovery that something befell: it is told, and the next one finishes. */
export async function judgeRecovery(
  host: Host,
  outcome: Outcome,
  point: Case & { readonly all: readonly Recovered[] },
) {
  const { codes, all } = point;
  if (outcome.what === 'rejected') expectCoded(outcome.error, codes);
  for (const { outcome: became, error } of all) {
    if (error !== undefined) expectCoded(error, codes);
    expect((became === 'failed') === (error !== undefined), () => `${became} with ${said(error)}`);
  }
  if (outcome.what === 'resolved' && !isOf(point.befallen, 'Journal.')) {
    const { snapshot } = await host.look();
    const failed = all.filter(({ outcome: became }) => became === 'failed').length;
    expect(snapshot.journal.length === failed, () => `${failed} failed, ${snapshot.journal.length} are in the journal`);
  }
  host.restart();
  await recovered(host, point);
  await expectOver(host, point);
}
