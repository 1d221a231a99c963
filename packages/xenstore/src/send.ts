import type { Connection, Receiver } from './connection.js';
import { abortedError } from './errors.js';
import type { Request } from './requests.js';

/** What became of requests that were sent together. */
export interface Outcome {
  /** The answers, at the requests' places. */
  readonly answers: readonly unknown[];
  /** The failures, by the requests' places, in the order in which they came. */
  readonly failures: ReadonlyMap<number, Error>;
}

/** Sends one request over a connection, given up when the signal asks for it; a late answer goes to `late`. */
export function sendOn<T>(
  connection: Connection,
  request: Request<T>,
  transactionId: number,
  signal?: AbortSignal,
  late?: (answer: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const receiver = (settled: () => void): Receiver => ({
      answered(_index, answer) {
        settled();
        resolve(answer as T);
      },
      failed(_index, error) {
        settled();
        reject(error);
      },
    });
    if (signal === undefined) {
      connection.submit(request, transactionId, receiver(noSignal), 0);
      return;
    }
    if (signal.aborted) throw abortedError(signal, request);
    connection.check(request);
    const abort = (): void => {
      ticket.cancel(abortedError(signal, request), late);
    };
    const settled = (): void => {
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort, { once: true });
    const ticket = connection.submit(request, transactionId, receiver(settled), 0);
  });
}

function noSignal(): void {
  /* there is no listener to be taken off */
}

/**
 * Sends many requests over a connection in one write, and waits for all.
 *
 * @throws XenImageError where the connection cannot carry one of them, or the signal had asked for the end already:
 * nothing is sent then
 */
export function sendAllOn(
  connection: Connection,
  requests: readonly Request<unknown>[],
  transactionId: number,
  signal?: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) throw abortedError(signal);
    for (const request of requests) connection.check(request);
    const answers: unknown[] = requests.map(() => undefined);
    const failures = new Map<number, Error>();
    let left = requests.length;
    const settled = (): void => {
      left -= 1;
      if (left > 0) return;
      signal?.removeEventListener('abort', abort);
      resolve({ answers, failures });
    };
    const receiver: Receiver = {
      answered(index, answer) {
        answers[index] = answer;
        settled();
      },
      failed(index, error) {
        failures.set(index, error);
        settled();
      },
    };
    const abort = (): void => {
      if (signal === undefined) return;
      tickets.forEach((ticket, index) => {
        if (left > 0) ticket.cancel(abortedError(signal, requests[index]));
      });
    };
    signal?.addEventListener('abort', abort, { once: true });
    const tickets = requests.map((request, index) => connection.submit(request, transactionId, receiver, index));
    if (requests.length === 0) {
      left = 1;
      settled();
    }
  });
}
