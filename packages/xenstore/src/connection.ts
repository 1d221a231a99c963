import { setImmediate as nextTurn } from 'node:timers/promises';
import { XenImageError } from '@xen-image/core';
import debug from 'debug';
import { closedError, daemonError, endedError, payloadError, protocolError, timeoutError } from './errors.js';
import { isRelativePath, quote } from './path.js';
import type { Request } from './requests.js';
import type { Transport, TransportEvents } from './transport/transport.js';
import { OP, opName } from './operations.js';
import { FrameDecoder, PAYLOAD_MAX, splitStrings } from './wire.js';
import type { Frame, Payload } from './wire.js';

const log = debug('xen-image:xenstore');

/** What a connection tells its client. */
export interface ConnectionEvents {
  /** A watch fired. */
  watchEvent(path: string, token: string): void;
  /** The connection ended by itself; every pending request has been rejected. */
  lost(error: Error): void;
}

/** Bounds of a connection. */
export interface ConnectionLimits {
  /** A request unanswered for this long (up to twice as long) ends the connection; 0 for never. */
  readonly timeoutMs: number;
  /** Most bytes of a DIRECTORY reply: oxenstored sends large directories in one oversized frame over its socket. */
  readonly maxDirectoryBytes: number;
}

/** A request under way, to be given up. */
export interface Ticket<T> {
  /**
   * Gives the request up: it fails with the error at once. A request that has not left is not sent; the answer to one
   * that has goes to `late`, where it succeeded.
   */
  cancel(error: Error, late?: (answer: T) => void): void;
}

/** Who waits for the answers of requests; each call names which of them it is about. */
export interface Receiver {
  answered(index: number, answer: unknown): void;
  /**
   * The error is the daemon's, `XENSTORE_DISCONNECTED`, `XENSTORE_PROTOCOL`, `XENSTORE_TIMEOUT`, `XENSTORE_CLOSED` or
   * what the ticket was cancelled with.
   */
  failed(index: number, error: Error): void;
}

/** A request under way, and its frame at once. */
class Pending implements Frame, Ticket<unknown> {
  readonly op: number;
  readonly payload: Payload;
  readonly bytes: number;
  sent = false;
  late: ((answer: never) => void) | undefined;

  constructor(
    readonly request: Request<unknown>,
    readonly requestId: number,
    readonly transactionId: number,
    public receiver: Receiver | undefined,
    readonly index: number,
  ) {
    this.op = OP[request.call];
    this.payload = request.payload;
    this.bytes = request.bytes;
  }

  cancel(error: Error, late?: (answer: never) => void): void {
    this.late = late;
    this.failed(error);
  }

  /** Whether it was given up before it left. */
  get isVoid(): boolean {
    return this.receiver === undefined && !this.sent;
  }

  answered(answer: unknown): void {
    const { receiver } = this;
    this.receiver = undefined;
    if (receiver !== undefined) receiver.answered(this.index, answer);
    else this.late?.(answer as never);
  }

  failed(error: Error): void {
    const { receiver } = this;
    this.receiver = undefined;
    receiver?.failed(this.index, error);
  }
}

function nothing(): void {
  /* nobody waits any more */
}

/** Whom a connection that rests tells. */
const NOBODY: ConnectionEvents = { watchEvent: nothing, lost: nothing };

/** Stands in until the transport is open; a daemon that talks before it is asked may be found out meanwhile. */
const NOT_OPEN: Transport = {
  kind: 'socket',
  address: '',
  payloadMax: PAYLOAD_MAX,
  send: nothing,
  close: nothing,
};

/**
 * One connection to the daemon, from its opening to its end: sends requests, pairs replies with them, hands on watch
 * events. Requests made in one turn of the event loop leave in one write.
 */
export class Connection {
  #transport: Transport = NOT_OPEN;
  #events: ConnectionEvents;
  readonly #limits: ConnectionLimits;
  readonly #decoder: FrameDecoder;
  /** Requests whose reply has not come, by id, oldest first. */
  readonly #pending = new Map<number, Pending>();
  /** Those that have not left yet. */
  #unsent: Pending[] = [];
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The oldest request at the timer's last look. */
  #oldestSeen = 0;
  #ended: Error | undefined;
  /** Those that were started and have not ended. */
  #transactions = 0;

  private constructor(events: ConnectionEvents, limits: ConnectionLimits) {
    this.#decoder = new FrameDecoder({
      frame: (op, id, transactionId, bytes, start, end) => {
        this.#frame(op, id, transactionId, bytes, start, end);
      },
      limit: (op, id) => this.#frameLimit(op, id),
    });
    this.#events = events;
    this.#limits = limits;
  }

  /** Opens a transport and makes a connection of it. */
  static async open(
    open: (events: TransportEvents) => Transport | Promise<Transport>,
    events: ConnectionEvents,
    limits: ConnectionLimits,
  ): Promise<Connection> {
    const connection = new Connection(events, limits);
    connection.#transport = await open({
      data: (chunk) => {
        connection.#data(chunk);
      },
      closed: (error) => {
        connection.#transportClosed(error);
      },
    });
    if (connection.#ended !== undefined) connection.#transport.close();
    return connection;
  }

  /** The socket's or device's path. */
  get address(): string {
    return this.#transport.address;
  }

  /** Whether the connection is a domain's own, through the kernel's device; else it is dom0's socket. */
  get isDevice(): boolean {
    return this.#transport.kind === 'device';
  }

  /** Why the connection ended; `undefined` while it lives. */
  get ended(): Error | undefined {
    return this.#ended;
  }

  /** Requests whose reply has not come. */
  get inFlight(): number {
    return this.#pending.size;
  }

  /**
   * Leaves it open for a later user, and the process free to end; it tells nobody anything meanwhile.
   *
   * @returns false where it has to be closed: something is under way on it, or it is none that can be left
   */
  rest(): boolean {
    if (this.#ended !== undefined || this.#pending.size > 0 || this.#transactions > 0) return false;
    if (this.#decoder.midFrame || this.#transport.hold?.(false) !== true) return false;
    this.#events = NOBODY;
    return true;
  }

  /**
   * Takes it up again after {@link Connection.rest}.
   *
   * @returns false where the daemon has closed it meanwhile
   */
  async wake(events: ConnectionEvents): Promise<boolean> {
    // That the daemon is gone is seen in the next round of the event loop at the latest.
    await nextTurn();
    await nextTurn();
    if (this.#ended === undefined && this.#transport.hold?.(true) === true) {
      this.#events = events;
      return true;
    }
    this.close();
    return false;
  }

  /**
   * Refuses a request that this connection's transport cannot carry.
   *
   * @throws XenImageError `XENSTORE_PATH_INVALID` for a relative path on the daemon's socket, where there is no domain
   * that it could count from; `XENSTORE_PAYLOAD_TOO_BIG` for a request that the kernel's device has no room for
   */
  check({ call, path, bytes }: Request<unknown>): void {
    if (path !== undefined && !this.isDevice && isRelativePath(path)) {
      throw new XenImageError('XENSTORE_PATH_INVALID', `xenstore ${call} of ${path}: the path is relative`, {
        call,
        data: { op: call, path },
        hint: "Relative paths count from a domain's own directory; dom0's socket has none.",
      });
    }
    if (bytes > this.#transport.payloadMax) throw payloadError({ call, path }, bytes, this.#transport.payloadMax);
  }

  /**
   * Sends a request, at the end of this turn of the event loop, and tells the receiver what becomes of it.
   *
   * @throws XenImageError what {@link Connection.check} throws
   */
  submit<T>(request: Request<T>, transactionId: number, receiver: Receiver, index: number): Ticket<T> {
    this.check(request);
    const entry = new Pending(request, this.#nextId(), transactionId, receiver, index);
    if (this.#ended !== undefined) {
      entry.failed(endedError(request, false, this.#ended));
      return entry;
    }
    this.#pending.set(entry.requestId, entry);
    if (this.#unsent.push(entry) === 1) process.nextTick(this.#flush);
    if (this.#timer === undefined) this.#armTimer();
    return entry;
  }

  /** Ends the connection; pending requests reject with `XENSTORE_CLOSED`. */
  close(): void {
    this.#end(closedError());
  }

  #nextId(): number {
    do {
      this.#lastId = this.#lastId === 0xffffffff ? 1 : this.#lastId + 1;
    } while (this.#pending.has(this.#lastId));
    return this.#lastId;
  }

  readonly #flush = (): void => {
    const unsent = this.#unsent;
    this.#unsent = [];
    if (this.#ended !== undefined) return;
    const frames = unsent.filter((entry) => !entry.isVoid);
    if (frames.length < unsent.length) {
      for (const { isVoid, requestId } of unsent) if (isVoid) this.#pending.delete(requestId);
    }
    if (frames.length === 0) return;
    for (const entry of frames) entry.sent = true;
    this.#transport.send(frames);
  };

  #data(chunk: Buffer): void {
    try {
      this.#decoder.push(chunk);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #frameLimit(op: number, id: number): number {
    const directory = op === OP.DIRECTORY && this.#pending.get(id)?.request.call === 'DIRECTORY';
    return directory ? Math.max(this.#limits.maxDirectoryBytes, PAYLOAD_MAX) : PAYLOAD_MAX;
  }

  #frame(op: number, requestId: number, transactionId: number, bytes: Buffer, start: number, end: number): void {
    if (op === OP.WATCH_EVENT) {
      const [path, token] = splitStrings(bytes, start, end) ?? [];
      if (path === undefined || token === undefined) throw protocolError('a watch event is not well-formed');
      this.#events.watchEvent(path, token);
      return;
    }
    const entry = this.#pending.get(requestId === 0 && this.isDevice ? this.#oldestWatch() : requestId);
    if (entry?.sent !== true) {
      throw protocolError(`a reply names request ${requestId}, which is not under way`, { op, requestId });
    }
    const { request } = entry;
    if (transactionId !== entry.transactionId && !this.isDevice) {
      throw protocolError(`the reply to ${request.call} names transaction ${transactionId}`, { op, transactionId });
    }
    // The daemon ends a transaction also where it does not commit it.
    if (request.call === 'TRANSACTION_END') this.#transactions -= 1;
    if (op === entry.op) {
      if (request.call === 'TRANSACTION_START') this.#transactions += 1;
      const answer = request.parse(bytes, start, end);
      this.#pending.delete(entry.requestId);
      entry.answered(answer);
    } else if (op === OP.ERROR) {
      const errno = errnoName(bytes, start, end);
      this.#pending.delete(entry.requestId);
      if (errno === 'ENOENT' && request.mayBeAbsent === true) entry.answered(undefined);
      else entry.failed(daemonError(errno, request));
    } else {
      throw protocolError(`it answers ${request.call} by ${opName(op) ?? `type ${op}`}`, { op, call: request.call });
    }
  }

  /** The device acknowledges WATCH and UNWATCH, which the kernel does by itself, in order and under id 0. */
  #oldestWatch(): number {
    for (const [id, { request }] of this.#pending) {
      if (request.call === 'WATCH' || request.call === 'UNWATCH') return id;
    }
    return 0;
  }

  #transportClosed(error: Error | undefined): void {
    const half = this.#decoder.midFrame ? ' within a frame' : '';
    this.#fail(error ?? new Error(`the xenstore daemon closed the connection${half}`));
  }

  /** Ends the connection by a fault of the other side. */
  #fail(error: Error): void {
    if (this.#ended !== undefined) return;
    log('connection to %s lost: %s', this.address, error.message);
    this.#end(error);
    this.#events.lost(error);
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#decoder.stop();
    this.#transport.close();
    clearTimeout(this.#timer);
    for (const entry of this.#pending.values()) entry.failed(endedError(entry.request, entry.sent, error));
    this.#pending.clear();
  }

  #armTimer(): void {
    const { timeoutMs } = this.#limits;
    if (timeoutMs === 0) return;
    this.#oldestSeen = this.#pending.keys().next().value ?? 0;
    this.#timer = setTimeout(() => {
      const oldest = this.#pending.entries().next().value;
      this.#timer = undefined;
      if (oldest === undefined) return;
      const [id, { request }] = oldest;
      if (id === this.#oldestSeen) this.#fail(timeoutError(request, timeoutMs));
      else this.#armTimer();
    }, timeoutMs);
    this.#timer.unref();
  }
}

function errnoName(bytes: Buffer, start: number, end: number): string {
  const [name] = splitStrings(bytes, start, end) ?? [];
  if (name === undefined || !/^E[A-Z0-9]{1,30}$/.test(name)) {
    throw protocolError(`an error reply names ${quote(bytes.toString('latin1', start, Math.min(end, start + 40)))}`);
  }
  return name;
}
