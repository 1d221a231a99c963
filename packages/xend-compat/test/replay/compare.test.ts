import { describe, expect, it } from '@jest/globals';
import { XenImageError } from '@xen-image/core';
import type { Case, CaseOutput, CaseStep, Effect } from '../../src/replay/case.js';
import { compareCase, RULES } from '../../src/replay/compare.js';
import type { CaseOutcome, StepOutcome } from '../../src/replay/outcome.js';
import { readCases } from '../../src/replay/read-cases.js';
import { pv } from '../support/guest.js';
import { run } from '../support/run.js';
import { vectorsText } from '../support/vectors.js';

const A: Effect = { kind: 'storeVm', entries: [['a', 'x']] };
const B: Effect = { kind: 'permissionsVm', path: 'a', permissions: [{ dom: 7, read: true }] };
const CALL: Effect = { kind: 'xc', method: 'domain_set_time_offset', args: [7, 60], result: 0 };
const FAILED_CALL: Effect = { kind: 'xc', method: 'domain_set_time_offset', args: [7, 60], raises: [3, 'gone'] };
const QUESTION: Effect = { kind: 'xc', method: 'xeninfo', args: [], raises: [1, 'no'] };

function judged(
  construct: CaseStep,
  outcome: StepOutcome,
  later: Partial<CaseOutcome> = {},
  output: Partial<CaseOutput> = {},
) {
  const recorded: Case = { id: 'x', input: pv(), output: { construct, ...output } };
  return compareCase(recorded, {
    construct: outcome,
    cleanupBootloading: { effects: [] },
    filesLeft: [],
    ...later,
  });
}

const passes = expect.not.objectContaining({ difference: expect.anything() });
const fails = (why: string) => expect.objectContaining({ difference: expect.objectContaining({ why }) });

function refused(code: string, message = 'no', details = {}) {
  return new XenImageError(code, message, details);
}

function callFailed(call: string, args: readonly unknown[]) {
  return refused('HYPERVISOR_CALL_FAILED', 'failed', { call, data: { args } });
}

describe('a step in which the original succeeded', () => {
  it('has the same effects in the same order', () => {
    expect(judged({ effects: [A, B] }, { effects: [A, B] })).toEqual(passes);
    for (const effects of [[], [A], [B, A], [A, B, B], [A, A]]) {
      expect(judged({ effects: [A, B] }, { effects })).toEqual(fails('effects'));
    }
  });

  it('leaves the question for capabilities out', () => {
    const asked: Effect = { kind: 'xc', method: 'xeninfo', args: [], result: { xen_caps: 'hvm' } };
    expect(judged({ effects: [A, asked, B] }, { effects: [A, B] })).toEqual(passes);
  });

  it('is not refused', () => {
    expect(judged({ effects: [A] }, { effects: [A], error: refused('XEND_CONFIG_TYPE') })).toEqual(
      fails('the original succeeded'),
    );
  });

  it('takes a number that xenstore was told for its decimal text, and true for 1 in a call', () => {
    const told: Effect = { kind: 'storeVm', entries: [['a', 5]] };
    expect(judged({ effects: [told] }, { effects: [{ kind: 'storeVm', entries: [['a', '5']] }] })).toEqual(passes);
    expect(judged({ effects: [told] }, { effects: [{ kind: 'storeVm', entries: [['a', '05']] }] })).toEqual(
      fails('effects'),
    );
    const call = (flag: boolean | number): Effect => ({
      kind: 'xc',
      method: 'linux_build',
      kwargs: { superpages: flag },
    });
    expect(judged({ effects: [call(true)] }, { effects: [call(1)] })).toEqual(passes);
    expect(judged({ effects: [call(true)] }, { effects: [call(0)] })).toEqual(fails('effects'));
  });
});

describe('a VmError', () => {
  const error = { class: 'VmError', message: 'Disk image does not exist: /d' };
  const step = { effects: [A, B], error };

  it('is a refusal with the original’s text, after as much or as little as the original had done', () => {
    for (const effects of [[], [A], [A, B]]) {
      expect(judged(step, { effects, error: refused('DISK_IMAGE_MISSING', `${error.message} (hda)`) })).toEqual(passes);
    }
  });

  it('is not another text, no refusal, or one after other effects', () => {
    expect(judged(step, { effects: [], error: refused('X', 'Disk image does not exist: /e') })).toEqual(
      fails('another error'),
    );
    expect(judged(step, { effects: [A, B] })).toEqual(fails('the original failed with VmError'));
    expect(judged(step, { effects: [], error: refused('INTERNAL', error.message) })).toEqual(
      fails('the original failed with VmError'),
    );
    for (const effects of [[B], [A, B, B]]) {
      expect(judged(step, { effects, error: refused('X', error.message) })).toEqual(
        fails('effects before the refusal'),
      );
    }
  });
});

describe('HVMRequired', () => {
  const step = { effects: [A], error: { class: 'HVMRequired', message: 'HVM guest support is unavailable' } };

  it('is told by its code, whatever its words', () => {
    expect(judged(step, { effects: [A], error: refused('HVM_REQUIRED', 'this host has none') })).toEqual(passes);
    expect(judged(step, { effects: [A], error: refused('OTHER', step.error.message) })).toEqual(fails('another error'));
  });
});

describe('an xc.Error', () => {
  const step = { effects: [A, FAILED_CALL], error: { class: 'xc.Error', message: '', args: [3, 'gone'] } };

  it('has the effects up to the failing call, and the call’s arguments', () => {
    const error = callFailed('domain_set_time_offset', [3, 'gone']);
    expect(judged(step, { effects: [A, FAILED_CALL], error })).toEqual(passes);
    for (const effects of [[], [A], [A, CALL], [FAILED_CALL]]) {
      expect(judged(step, { effects, error })).toEqual(fails('effects'));
    }
  });

  it('is that of the same call with the same arguments', () => {
    for (const error of [
      callFailed('domain_set_time_offset', [3, 'other']),
      callFailed('hvm_build', [3, 'gone']),
      refused('XEND_CONFIG_TYPE'),
    ]) {
      expect(judged(step, { effects: [A, FAILED_CALL], error })).toEqual(fails('another error'));
    }
  });

  it('of the question for capabilities comes with nothing done', () => {
    const asked = { effects: [A, QUESTION], error: { class: 'xc.Error', message: '', args: [1, 'no'] } };
    const error = callFailed('xeninfo', [1, 'no']);
    expect(judged(asked, { effects: [], error })).toEqual(passes);
    expect(judged(asked, { effects: [A], error })).toEqual(fails('effects of a question'));
    expect(judged(asked, { effects: [], error: callFailed('xeninfo', [2]) })).toEqual(fails('another error'));
  });
});

describe('an error of Python’s own', () => {
  const error = { class: 'TypeError', message: '', builtin: true } as const;
  const aborted: Effect = { kind: 'storeVm', entries: [['b', true]], aborted: true };

  it('is a coded refusal, with nothing done beyond the original', () => {
    const step = { effects: [A, aborted], error };
    for (const effects of [[], [A]]) {
      expect(judged(step, { effects, error: refused('XEND_CONFIG_TYPE') })).toEqual(passes);
    }
    expect(judged(step, { effects: [A, { kind: 'storeVm', entries: [['b', '1']] }], error: refused('X') })).toEqual(
      fails('effects before the refusal'),
    );
    expect(judged(step, { effects: [A] })).toEqual(fails('the original failed with TypeError'));
    expect(judged(step, { effects: [], error: callFailed('hvm_build', []) })).toEqual(fails('another error'));
  });

  it('may be refused in an earlier step, and the steps after it are not compared', () => {
    const output = { createImage: { effects: [A], error } };
    expect(judged({ effects: [A, B] }, { effects: [A], error: refused('XEND_CONFIG_TYPE') }, {}, output)).toEqual(
      passes,
    );
    expect(judged({ effects: [A, B] }, { effects: [B], error: refused('XEND_CONFIG_TYPE') }, {}, output)).toEqual(
      fails('effects before an early refusal'),
    );
    expect(judged({ effects: [A, B] }, { effects: [A], error: refused('OTHER') }, {}, output)).toEqual(
      fails('the original succeeded'),
    );
  });
});

describe('a bootloader’s files', () => {
  it('are gone at the end, however the case came out', () => {
    const error = { class: 'VmError', message: 'no' };
    const outcome = { effects: [], error: refused('X', 'no') };
    expect(judged({ effects: [], error }, outcome, { filesLeft: ['/run/k'] })).toEqual(
      fails("a bootloader's files are still there"),
    );
  });
});

/** Every place of a JSON value that holds no list and no object. */
function* leaves(value: unknown, path: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (typeof value !== 'object' || value === null) yield path;
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

function changedAt(output: CaseOutput, path: readonly (string | number)[]): CaseOutput {
  const copy = JSON.parse(JSON.stringify(output)) as CaseOutput;
  let at: unknown = copy;
  for (const key of path.slice(0, -1)) at = (at as Record<string, unknown>)[key];
  const place = at as Record<string, unknown>;
  const last = String(path.at(-1));
  place[last] =
    typeof place[last] === 'number'
      ? place[last] + 1
      : typeof place[last] === 'boolean'
        ? !place[last]
        : `${String(place[last])}~`;
  return copy;
}

function without<T extends object>(value: T, key: string): T {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as T;
}

/** What the rules leave out, by the beginning of a path. */
const LEFT_OUT = [/^state\./, /^handlerClass$/, /^vmConfigChanges\./, /^\w+\.error\.(?:class|message)$/];

describe('the rules together', () => {
  const cases = [...readCases(vectorsText())].map(({ recorded }) => recorded);
  const succeeded = cases.filter(({ output }) =>
    ['construct', 'createImage', 'setCpuid'].every(
      (step) => !(output[step as 'construct'] as CaseStep | undefined)?.error,
    ),
  );

  it('are all there among the recorded cases', () => {
    const seen = new Set(
      cases.map(
        (recorded) =>
          compareCase(recorded, { construct: { effects: [] }, cleanupBootloading: { effects: [] }, filesLeft: [] })
            .rule,
      ),
    );
    expect([...seen].sort()).toEqual([...RULES].sort());
  });

  it('see a change anywhere in what a case that succeeded is judged by', async () => {
    let changes = 0;
    for (const recorded of succeeded.filter((_, index) => index % 9 === 0)) {
      const outcome = await run(recorded.input);
      for (const path of leaves(recorded.output)) {
        const where = path.join('.');
        if (LEFT_OUT.some((pattern) => pattern.test(where))) continue;
        const [step, , index] = path;
        const steps = recorded.output as unknown as Partial<Record<string, Partial<CaseStep>>>;
        const effect = steps[String(step)]?.effects?.[Number(index)];
        if (effect?.kind === 'xc' && effect.method === 'xeninfo') continue;
        const changed = { ...recorded, output: changedAt(recorded.output, path) };
        if (compareCase(changed, outcome).difference === undefined) {
          throw new Error(`${recorded.id}: a change at ${where} is not seen`);
        }
        changes++;
      }
    }
    expect(changes).toBeGreaterThan(2000);
  });

  it('see a step that is missing on either side', async () => {
    const recorded = succeeded.find(({ output }) => output.setCpuid !== undefined)!;
    const outcome = await run(recorded.input);
    expect(compareCase(recorded, outcome)).toEqual(passes);
    for (const step of ['memory', 'deviceModel', 'createImage', 'setCpuid'] as const) {
      expect(compareCase(recorded, without(outcome, step)).difference).toBeDefined();
      expect(compareCase({ ...recorded, output: without(recorded.output, step) }, outcome).difference).toBeDefined();
    }
  });
});
