import { setTimeout as sleep } from 'node:timers/promises';
import type { Codes } from '../points/failure.js';
import { expectHandled, type Point } from '../points/point.js';
import type { Suite } from '../suite.js';
import { openRealHost, type RealHost } from './host.js';
import { QMP_LIES, STORE_LIES, type Lie } from './lies.js';
import { REAL_OPERATIONS, type RealOperation } from './operations.js';
import { Tally } from './tally.js';
import { endingOf, judgeEnding, judgeRecovered, type Ends } from './verdict.js';
import { HONEST, type Deal, type Meddler, type Speaker } from './wire.js';

/** What an impatient client waits for, and how long an answer is kept from it: its connection may last twice as long. */
const PATIENCE = { storeMs: 25, deviceModelMs: 120 } as const;
const OUTLAST_MS = { xenstore: 60, qmp: 160 } as const;
/** Most of such a point is waiting. */
const AT_ONCE = 8;

const LIES: Readonly<Record<Speaker, readonly Lie[]>> = { xenstore: STORE_LIES, qmp: QMP_LIES };

/** What is answered to an operation that nothing befalls, and what it leaves. */
interface Reference extends Ends {
  readonly answers: Readonly<Record<Speaker, number>>;
}

async function hostFor(operation: RealOperation): Promise<RealHost> {
  const host = await openRealHost(operation.kind, ['pv']);
  try {
    await operation.prepare(host);
    return host;
  } catch (error) {
    await host.close();
    throw error;
  }
}

async function referenceOf(operation: RealOperation): Promise<Reference> {
  const host = await hostFor(operation);
  const answers = { xenstore: 0, qmp: 0 };
  try {
    const before = await host.look();
    host.meddler = {
      ...HONEST,
      answered: (speaker, message) => {
        answers[speaker] += 1;
        return HONEST.answered(speaker, message);
      },
    };
    await operation.run(host, {});
    host.meddler = HONEST;
    return { before, after: await host.look(), answers };
  } finally {
    await host.close();
  }
}

/** Tells a lie in place of the n-th answer. */
function liar(speaker: Speaker, nth: number, lie: Lie, abort: () => void): Meddler {
  let seen = 0;
  let kept: Buffer | undefined;
  const occasion = (message: Buffer) => ({ message, abort, outlast: () => sleep(OUTLAST_MS[speaker]) });
  return {
    ...HONEST,
    async answered(from, message): Promise<Deal> {
      if (from !== speaker) return { send: [message] };
      seen += 1;
      const before = kept;
      kept = undefined;
      if (before !== undefined) return { send: [message, before] };
      if (seen !== nth) return { send: [message] };
      if (lie.again === true) kept = message;
      return lie.tell(occasion(message));
    },
  };
}

/** An answer of a speaker that is to be a lie. */
interface Place {
  readonly speaker: Speaker;
  readonly nth: number;
  readonly lie: Lie;
}

interface WireGround {
  readonly operation: RealOperation;
  readonly reference: Reference;
  readonly codes: Codes;
  readonly tally: Tally;
}

function pointOf({ operation, reference, codes, tally }: WireGround, { speaker, nth, lie }: Place): Point {
  return {
    kind: lie.kind,
    name: `answer ${nth} of ${speaker}: ${lie.what}`,
    async run() {
      const host = await hostFor(operation);
      try {
        const abort = new AbortController();
        host.meddler = liar(speaker, nth, lie, () => {
          abort.abort();
        });
        const patience = lie.impatient === true ? PATIENCE : {};
        const ending = await endingOf(operation.run(host, { patience, signal: abort.signal }));
        host.meddler = HONEST;
        tally.add(lie, ending);
        await judgeEnding(host, ending, reference, codes);
        const allowed = ending.what === 'resolved' ? [reference.after] : allowedAfter(operation, reference);
        await judgeRecovered(host, allowed, codes);
        await expectHandled();
      } finally {
        await host.close();
      }
    },
  };
}

/** A create that failed is undone; a destroy that failed is finished, or was not begun. */
function allowedAfter({ does }: RealOperation, { before, after }: Ends): readonly string[] {
  return does === 'create' ? [before] : [before, after];
}

/** Whoever answers the toolstack says it twice, late, or lies: the real clients, over real sockets. */
export function wireSuite(operation: RealOperation): Suite {
  return {
    name: `${operation.name} over sockets`,
    atOnce: AT_ONCE,
    async *points(codes: Codes) {
      const reference = await referenceOf(operation);
      const ground: WireGround = { operation, reference, codes, tally: new Tally() };
      for (const [speaker, lies] of Object.entries(LIES) as [Speaker, readonly Lie[]][]) {
        const answers = reference.answers[speaker];
        for (let nth = 1; nth <= answers; nth += 1) {
          for (const lie of lies) yield ground.tally.counted(pointOf(ground, { speaker, nth, lie }));
        }
        if (answers === 0) continue;
        for (const lie of lies) if (lie.noticed !== undefined) yield ground.tally.point(speaker, lie);
      }
    },
  };
}

/** One for each operation. */
export const WIRE_SUITES: readonly Suite[] = REAL_OPERATIONS.map(wireSuite);
