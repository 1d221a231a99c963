/** A call that was made through a port. */
export interface PortCall {
  /** Counts all calls of the simulator from 1. */
  readonly number: number;
  /** Port and method: `Memory.claim`, `XenStore.transaction.read`, `Journal.update`. */
  readonly call: string;
  readonly args: readonly unknown[];
}

/** What becomes of a call. One of the effects, or several that go together. */
export interface FaultEffect {
  /** Fails with this errno and is not carried out. */
  readonly refuse?: string;
  /** Is carried out, and fails with this errno all the same: the answer is lost. */
  readonly lose?: string;
  /** Waits so long before it is carried out. */
  readonly delayMs?: number;
  /** Is carried out and answered so much later. */
  readonly answerLateMs?: number;
  /**
   * Is never answered: `before` without being carried out, `after` although it was. A call that takes an abort signal
   * still rejects with `ABORTED` when it is aborted.
   */
  readonly hang?: 'before' | 'after';
  /** Throws this value in place of the call. */
  readonly throw?: unknown;
  /** Runs before the call is carried out: to abort, to crash, to change the host behind the toolstack's back. */
  readonly before?: (call: PortCall) => void | Promise<void>;
  /** Runs after the call was carried out and before it is answered. */
  readonly after?: (call: PortCall) => void | Promise<void>;
}

/** Which calls an effect befalls. */
export interface Fault extends FaultEffect {
  /** The call by its name; any call where not given. */
  readonly call?: string;
  /** The first of the matching calls, counted from when the fault is injected; 1 where not given. */
  readonly nth?: number;
  /** How many of them in a row; 1 where not given. */
  readonly times?: number;
}
