import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect, type Codes } from '../points/failure.js';
import { expectHandled, type Point } from '../points/point.js';
import type { Suite } from '../suite.js';
import { openRealHost, type RealHost } from './host.js';
import { calledHypervisor } from './hypervisor.js';
import type { Question, Task } from './letters.js';
import { HEADER_BYTES } from './messages.js';
import { REAL_OPERATIONS, type RealOperation } from './operations.js';
import type { When } from './steps.js';
import { judgeRecovered, type Ends } from './verdict.js';
import { HONEST, type Meddler, type Speaker } from './wire.js';

/** A step that a process took, or was killed at. */
interface Step {
  readonly when: When;
  readonly call: string;
}

/** The steps of an operation that nothing befalls, and what it leaves. */
interface Reference extends Ends {
  readonly steps: readonly Step[];
}

/** Two at once: what is done by the other process is not done by this one. */
const AT_ONCE = 2;

/** Steps that change nothing: looks at the host, and requests of the store that read (DIRECTORY, READ, GET_PERMS, TRANSACTION_START). */
const LOOKS =
  /^(?:Host\.|Domains\.(?:info|list)|Memory\.physical|(?:CpuPolicy|KeptDomains)\.read|xenstore frame of type [1236] |qmp query)/;

/** A process that was started before it is known what for; it takes longer to begin than to create a guest. */
function startVictim(): ChildProcess {
  return fork(new URL('victim.js', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
}

/** What a message is about, for a step's name. */
function nameOf(speaker: Speaker, message: Buffer): string {
  if (speaker === 'xenstore')
    return `xenstore frame of type ${message.readUInt32LE(0)} (${message.length - HEADER_BYTES} bytes)`;
  const { execute = 'answer' } = JSON.parse(message.toString()) as { readonly execute?: string };
  return `qmp ${execute}`;
}

/** Lets a process do its task, and kills it at a step. Answers the steps that it came to. */
async function runVictim(
  victim: ChildProcess,
  host: RealHost,
  operation: RealOperation,
  fatal: number,
): Promise<Step[]> {
  const { simulator, places, source } = host;
  const hypervisor = calledHypervisor(simulator);
  const steps: Step[] = [];
  /** Whether it goes on: it has not been killed, neither now nor before. */
  const step = (when: When, call: string): boolean => {
    if (steps.length >= fatal) return false;
    steps.push({ when, call });
    if (steps.length < fatal) return true;
    victim.kill('SIGKILL');
    return false;
  };
  const meddler: Meddler = {
    asked: (speaker, message) => Promise.resolve(step('before', nameOf(speaker, message))),
    answered: (speaker, message) => Promise.resolve({ send: step('after', nameOf(speaker, message)) ? [message] : [] }),
  };
  const answer = async (question: Question): Promise<void> => {
    if ('step' in question) {
      if (step(question.when, question.step)) victim.send({ id: question.id, answer: undefined });
      return;
    }
    const { id, call, args } = question;
    if (!step('before', call)) return;
    const reply = await hypervisor.call(id, call, args);
    if (step('after', call)) victim.send(reply);
  };
  let said = '';
  victim.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  victim.on('message', (question: Question) => void answer(question));
  host.meddler = meddler;
  const ended = once(victim, 'exit') as Promise<[number | null, string | null]>;
  const task: Task = { does: operation.does, source, places, methods: hypervisor.methods };
  victim.send(task);
  const [status, signal] = await ended;
  host.meddler = HONEST;
  if (fatal === Infinity) expect(status === 0, () => `a process that nothing befell failed: ${said}`);
  else expect(signal === 'SIGKILL' || status === 0, () => `it was not killed, it failed: ${said}`);
  return steps;
}

async function hostFor(operation: RealOperation): Promise<RealHost> {
  const host = await openRealHost(operation.kind, ['hvm']);
  await operation.prepare(host);
  return host;
}

async function referenceOf(operation: RealOperation): Promise<Reference> {
  const host = await hostFor(operation);
  try {
    const before = await host.look();
    const steps = await runVictim(startVictim(), host, operation, Infinity);
    return { before, after: await host.look(), steps };
  } finally {
    await host.close();
  }
}

function pointOf(operation: RealOperation, reference: Reference, codes: Codes, fatal: number): Point {
  const { when, call } = reference.steps[fatal - 1] ?? { when: 'before', call: '' };
  return {
    kind: 'killed by SIGKILL',
    name: `step ${fatal}, ${when} ${call}`,
    async run() {
      const victim = startVictim();
      const host = await hostFor(operation);
      try {
        await runVictim(victim, host, operation, fatal);
        await judgeRecovered(host, [reference.before, reference.after], codes);
        await expectHandled();
      } finally {
        victim.kill('SIGKILL');
        await host.close();
      }
    },
  };
}

/** A real process is killed at each of its steps, and another one recovers. */
export function killSuite(operation: RealOperation): Suite {
  return {
    name: `${operation.name} killed`,
    atOnce: AT_ONCE,
    async *points(codes: Codes) {
      const reference = await referenceOf(operation);
      for (const [index, { when, call }] of reference.steps.entries()) {
        // What is there before a step was there after the last one that changed something.
        if ((when === 'after' && !LOOKS.test(call)) || index === 0) {
          yield pointOf(operation, reference, codes, index + 1);
        }
      }
    },
  };
}

/** Those with a device model: whatever is done for a guest without one is done for them, too. */
export const KILL_SUITES: readonly Suite[] = REAL_OPERATIONS.filter(({ kind }) => kind === 'hvm').map(killSuite);
