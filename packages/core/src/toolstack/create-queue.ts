import PQueue from 'p-queue';
import { XenImageError, type DomainRef } from '../errors.js';
import type { Progress } from '../execute/execution.js';

/** How many creations a toolstack takes on. */
export interface CreateLimits {
  /** Creations under way at once, 1 or more; 16 where not given. */
  readonly atOnce?: number;
  /** Creations that may wait for one of those to end, 0 or more; 4,096 where not given. One more is refused. */
  readonly waiting?: number;
}

/** What the queue has to know of a creation. */
export interface QueuedCreate {
  readonly domain: DomainRef;
  /** Whether a guest that ran is made anew: it goes before guests that are new. */
  readonly restart: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/**
 * Creations that were asked for at once: so many are under way, the others wait in the order in which they were asked
 * for. One that waits has taken nothing, and ends at once when it is aborted.
 */
export class CreateQueue {
  readonly #queue: PQueue;
  readonly #waiting: number;

  /** Throws a `TypeError` for limits that are no whole numbers in their range. */
  constructor({ atOnce = 16, waiting = 4096 }: CreateLimits = {}) {
    this.#queue = new PQueue({ concurrency: whole('creates.atOnce', atOnce, 1) });
    this.#waiting = whole('creates.waiting', waiting, 0);
  }

  /**
   * Does the work of a creation when its turn comes.
   *
   * @throws XenImageError `TOOLSTACK_BUSY` where no more may wait; `ABORTED` where it was aborted while it waited; else
   * what the work throws
   */
  async run<T>(create: QueuedCreate, work: () => Promise<T>): Promise<T> {
    const { domain, restart, signal } = create;
    const busy = this.#queue.pending >= this.#queue.concurrency || this.#queue.size > 0;
    const priority = restart ? 1 : 0;
    // It begins at once: there is no wait that could be given up.
    if (!busy && signal?.aborted !== true) return this.#queue.add(work, { priority });
    // A guest that is started again is gone already: there is always room for it.
    if (busy && !restart && this.#queue.size >= this.#waiting) throw this.#refused(domain);
    if (busy) create.onProgress?.({ phase: 'reserve', step: 'queued', domain });
    // The queue would let go of running work when its signal is aborted: it is given one that ends with the waiting.
    const waiting = new AbortController();
    const leave = (): void => {
      waiting.abort(signal?.reason);
    };
    if (signal?.aborted === true) leave();
    signal?.addEventListener('abort', leave, { once: true });
    const stay = (): void => {
      signal?.removeEventListener('abort', leave);
    };
    const begin = (): Promise<T> => {
      stay();
      return work();
    };
    try {
      return await this.#queue.add(begin, { priority, signal: waiting.signal });
    } catch (error) {
      if (!waiting.signal.aborted) throw error;
      throw new XenImageError('ABORTED', 'the operation was aborted', {
        phase: 'reserve',
        domain,
        cause: signal?.reason,
      });
    } finally {
      stay();
    }
  }

  #refused(domain: DomainRef): XenImageError {
    const { pending, size } = this.#queue;
    return new XenImageError('TOOLSTACK_BUSY', `${pending} creations are under way and ${size} more wait`, {
      phase: 'reserve',
      domain,
      hint: 'Ask again when some are done, or let more of them wait (`creates.waiting` of the toolstack).',
      data: { underWay: pending, waiting: size },
    });
  }
}

function whole(name: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`${name} is a whole number of ${least} or more, not ${String(value)}`);
}
