import { run as plan } from '../../packages/cli/src/commands/plan.js';
import type { Io } from '../../packages/cli/src/io.js';
import { exitCodeOf, reportFailure } from '../../packages/cli/src/output/failure.js';
import { createOutput } from '../../packages/cli/src/output/output.js';
import { expect, expectUnpolluted } from '../engine/expect.js';

/** What a terminal acts on, the line ends between lines apart. */
const ACTED_ON = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** How many bytes the command may print for one input. */
const MOST_PRINTED = 4 * 1024 * 1024;

/** Options of the command `plan`. */
export interface PlanOptions {
  readonly json?: boolean;
  readonly explain?: boolean;
  readonly profile?: string;
}

/** Plans the guest whose configuration is this, as the command does. Nothing that it prints may be more than text. */
export async function planCommand(stdin: Uint8Array, { json = false, ...options }: PlanOptions): Promise<void> {
  const printed = { stdout: '', stderr: '' };
  const io: Io = {
    stdout: { write: (text) => (printed.stdout += text) },
    stderr: { write: (text) => (printed.stderr += text) },
    stdin: (async function* () {
      yield await Promise.resolve(stdin);
    })(),
    env: {},
    onSignal: () => () => undefined,
  };
  const output = createOutput(io, { json, quiet: false, debug: false });
  try {
    await plan({ io, output, args: ['-'], options: { ...options, config: false } });
  } catch (error) {
    reportFailure(output, 'plan', error);
    expect(exitCodeOf(error) === 1, 'the command line is not wrong');
  }
  const { stdout, stderr } = printed;
  const all = stdout + stderr;
  expect(all.length < MOST_PRINTED, `${all.length} characters are printed`);
  expect(
    !all.includes('[INTERNAL]') && !all.includes('"INTERNAL"'),
    `a defect: ${/.*INTERNAL.*/.exec(all)?.[0] ?? ''}`,
  );
  expect(!ACTED_ON.test(all.replaceAll('\n', '')), 'a control character is printed');
  if (json) JSON.parse(stdout);
  expectUnpolluted();
}
