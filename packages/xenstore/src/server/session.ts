import { isXenImageError } from '@xen-image/core';
import { errnoOf, isErrno } from '../errors.js';
import { OP } from '../operations.js';
import { encodeFrame, FrameDecoder, PAYLOAD_MAX, payloadBytes } from '../wire.js';
import type { Payload } from '../wire.js';
import type { StoreBackend } from './backend.js';
import { answer } from './requests.js';
import { SessionState } from './session-state.js';

/** The part of a socket that a session uses. */
export interface SessionSocket {
  write(bytes: Uint8Array): void;
  destroy(): void;
  pause(): void;
  resume(): void;
  /** Bytes that the client has not taken yet. */
  readonly writableLength: number;
}

interface Waiting {
  readonly op: number;
  readonly requestId: number;
  readonly transactionId: number;
  readonly payload: Buffer;
}

/** A client that takes no answers gets no more beyond this, and is dropped where its watches reach four times as much. */
const MOST_UNTAKEN_BYTES = 1_048_576;
const MOST_WAITING_REQUESTS = 1024;

/** One client's connection: answers its requests one after the other and sends its watch events. */
export class Session {
  readonly #socket: SessionSocket;
  readonly #decoder: FrameDecoder;
  readonly #state: SessionState;
  readonly #waiting: Waiting[] = [];
  #busy = false;
  #paused = false;
  #ended = false;

  constructor(socket: SessionSocket, backend: StoreBackend, domid: number) {
    this.#socket = socket;
    this.#state = new SessionState(backend, domid, (path, token) => {
      this.#event(path, token);
    });
    this.#decoder = new FrameDecoder({
      limit: () => PAYLOAD_MAX,
      frame: (op, requestId, transactionId, bytes, start, end) => {
        this.#waiting.push({ op, requestId, transactionId, payload: Buffer.from(bytes.subarray(start, end)) });
      },
    });
  }

  /** Takes bytes from the client. One that announces too long a request is dropped, as the daemons do. */
  data(chunk: Buffer): void {
    try {
      this.#decoder.push(chunk);
    } catch {
      this.#socket.destroy();
      return;
    }
    this.#work();
  }

  /** The client has taken what was sent to it. */
  drained(): void {
    this.#work();
  }

  /** Ends the client's watches and transactions. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#waiting.length = 0;
    this.#decoder.stop();
    this.#state.end();
  }

  /** Whether the client should take what there is for it first. */
  #isFull(): boolean {
    return this.#socket.writableLength > MOST_UNTAKEN_BYTES;
  }

  #work(): void {
    while (!this.#busy && !this.#ended && !this.#isFull()) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      this.#answer(request);
    }
    const full = this.#waiting.length > MOST_WAITING_REQUESTS || this.#isFull();
    if (full === this.#paused || this.#ended) return;
    this.#paused = full;
    if (full) this.#socket.pause();
    else this.#socket.resume();
  }

  #answer(request: Waiting): void {
    try {
      const result = answer(this.#state, request.op, request.transactionId, request.payload);
      if (!(result instanceof Promise)) {
        this.#reply(request, request.op, result.payload, result.afterwards);
        return;
      }
      this.#busy = true;
      void result
        .then(
          ({ payload, afterwards }) => {
            this.#reply(request, request.op, payload, afterwards);
          },
          (error: unknown) => {
            this.#refuse(request, error);
          },
        )
        .then(() => {
          this.#busy = false;
          this.#work();
        });
    } catch (error) {
      this.#refuse(request, error);
    }
  }

  #reply(request: Waiting, op: number, payload: Payload, afterwards?: () => void): void {
    if (this.#ended) return;
    if (payloadBytes(payload) > PAYLOAD_MAX) {
      this.#refuse(request, Object.assign(new Error('the answer is too long'), { code: 'E2BIG' }));
      return;
    }
    this.#socket.write(encodeFrame(op, request.requestId, request.transactionId, payload));
    afterwards?.();
  }

  #refuse(request: Waiting, error: unknown): void {
    const errno = (isXenImageError(error) ? error.errno : errnoOf(error)) ?? 'EIO';
    this.#reply(request, OP.ERROR, `${isErrno(errno) ? errno : 'EIO'}\0`);
  }

  #event(path: string, token: string): void {
    if (this.#ended) return;
    const payload = `${path}\0${token}\0`;
    if (payloadBytes(payload) > PAYLOAD_MAX) return;
    this.#socket.write(encodeFrame(OP.WATCH_EVENT, 0, 0, payload));
    if (this.#socket.writableLength > 4 * MOST_UNTAKEN_BYTES) this.#socket.destroy();
  }
}
