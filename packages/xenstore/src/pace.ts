/** So many requests under way make it worth while to look for their replies later. */
const LEAST_REQUESTS = 8;
/** Timers do not part shorter times. */
const LEAST_PAUSE_MS = 2;
/**
 * Replies that find room: the kernel calls a socket with a quarter of its buffer taken not writable, which xenstored
 * fills with some 35 replies of two writes each.
 */
const MOST_REPLIES = 32;
/** Watch events wait as long, too. */
const LONGEST_PAUSE_MS = 50;
/** The part of the expected time that is passed without looking; a timer is late by half a millisecond, on average. */
const PASSED_OVER = 0.9;
const TIMER_LATENESS_MS = 0.5;
/** What a batch took without a pause is in part the client's own work. */
const DAEMON_SHARE = 0.5;
/** What is expected after all replies were there before the pause was over. */
const OVERSLEPT = 0.8;

/**
 * How fast the daemon answers requests that were sent together, and how long to leave it alone with them.
 *
 * The daemon sends each reply by itself, in two writes. A client that wakes for each takes the processor away from the
 * daemon where they share one, and costs it an interrupt where they do not. Where a batch takes the daemon several
 * milliseconds, the client therefore looks after most of the time is over: a look that finds a part of the replies
 * measures the daemon, and one that finds all of them was late, which shortens the next pause.
 */
export class Pace {
  readonly #nowMs: () => number;
  /** Milliseconds a reply; unknown until a batch was measured. */
  #replyMs: number | undefined;
  #startedAtMs = 0;
  /** Requests under way when the present measurement began; 0 where nothing is measured. */
  #requests = 0;
  #pauseMs = 0;

  /**
   * @param nowMs - the clock, milliseconds from any start
   */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /**
   * Requests were sent; so many are under way in all.
   *
   * @returns how many milliseconds to wait before looking for replies; 0 for not at all
   */
  sent(underWay: number): number {
    this.#requests = 0;
    return underWay < LEAST_REQUESTS ? 0 : this.#begin(underWay, this.#nowMs());
  }

  /**
   * Replies were found; so many requests are still under way.
   *
   * @returns how many milliseconds to wait before looking again; 0 for not at all
   */
  received(underWay: number): number {
    if (this.#requests === 0) return 0;
    const nowMs = this.#nowMs();
    const tookMs = nowMs - this.#startedAtMs;
    if (this.#pauseMs === 0) {
      if (underWay === 0) this.#measured((DAEMON_SHARE * tookMs) / this.#requests);
      return 0;
    }
    if (tookMs < this.#pauseMs) return 0;
    if (underWay === 0) {
      this.#measured(OVERSLEPT * (this.#replyMs ?? 0));
      return 0;
    }
    this.#measured(tookMs / Math.max(this.#requests - underWay, 1));
    return underWay < LEAST_REQUESTS ? 0 : this.#begin(underWay, nowMs);
  }

  #begin(requests: number, nowMs: number): number {
    this.#startedAtMs = nowMs;
    this.#requests = requests;
    const replies = Math.min(requests, MOST_REPLIES);
    const expectedMs = PASSED_OVER * replies * (this.#replyMs ?? 0) - TIMER_LATENESS_MS;
    this.#pauseMs = expectedMs < LEAST_PAUSE_MS ? 0 : Math.floor(Math.min(expectedMs, LONGEST_PAUSE_MS));
    return this.#pauseMs;
  }

  #measured(replyMs: number): void {
    this.#replyMs = replyMs;
    this.#requests = 0;
  }
}
