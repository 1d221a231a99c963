import type { Connection } from './connection.js';
import { abortedError } from './errors.js';
import type { Request } from './requests.js';

/** Sends one request over a connection, given up when the signal asks for it; a late answer goes to `late`. */
export async function sendOn<T>(
  connection: Connection,
  request: Request<T>,
  transactionId: number,
  signal: AbortSignal | undefined,
  late?: (answer: T) => void,
): Promise<T> {
  if (signal === undefined) return await connection.submit(request, transactionId).promise;
  if (signal.aborted) throw abortedError(signal, request);
  const ticket = connection.submit(request, transactionId);
  const abort = (): void => {
    ticket.cancel(abortedError(signal, request), late);
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await ticket.promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Sends many requests over a connection in one write, and waits for all.
 *
 * @throws XenImageError where the connection cannot carry one of them, or the signal had asked for the end already:
 * nothing is sent then
 */
export async function sendAllOn(
  connection: Connection,
  requests: readonly Request<unknown>[],
  transactionId: number,
  signal: AbortSignal | undefined,
): Promise<PromiseSettledResult<unknown>[]> {
  if (signal?.aborted === true) throw abortedError(signal);
  for (const request of requests) connection.check(request);
  const tickets = requests.map((request) => connection.submit(request, transactionId));
  const abort = (): void => {
    if (signal === undefined) return;
    for (const ticket of tickets) ticket.cancel(abortedError(signal));
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.allSettled(tickets.map((ticket) => ticket.promise));
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
