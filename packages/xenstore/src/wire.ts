import { protocolError } from './errors.js';

/** Bytes of a frame's header: four little-endian 32-bit words (`struct xsd_sockmsg`). */
export const HEADER_BYTES = 16;

/** Most bytes of payload in either direction (`XENSTORE_PAYLOAD_MAX`); a daemon drops a client that sends more. */
export const PAYLOAD_MAX = 4096;

/** What a message carries: text, sent as UTF-8, or bytes. */
export type Payload = string | Uint8Array;

/** One message as it is sent: header fields and payload. */
export interface Frame {
  /** Type: one of `OP` (operations.ts). */
  readonly op: number;
  /** Chosen by the client and repeated in the reply; 0 in watch events. */
  readonly requestId: number;
  /** The transaction; 0 for none. */
  readonly transactionId: number;
  readonly payload: Payload;
  /** The payload's length on the wire; see {@link payloadBytes}. */
  readonly bytes: number;
}

/** How many bytes a payload has on the wire. */
export function payloadBytes(payload: Payload): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length;
}

/** Writes a frame at an offset and answers the offset behind it. The buffer must have room. */
function putFrame(target: Buffer, offset: number, frame: Frame): number {
  const { payload, bytes } = frame;
  target.writeUInt32LE(frame.op, offset);
  target.writeUInt32LE(frame.requestId, offset + 4);
  target.writeUInt32LE(frame.transactionId, offset + 8);
  target.writeUInt32LE(bytes, offset + 12);
  const start = offset + HEADER_BYTES;
  if (typeof payload === 'string') target.write(payload, start, 'utf8');
  else target.set(payload, start);
  return start + bytes;
}

/** Spells frames as one run of bytes. */
export function encodeFrames(frames: readonly Frame[]): Buffer {
  let size = 0;
  for (const frame of frames) size += HEADER_BYTES + frame.bytes;
  const bytes = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const frame of frames) offset = putFrame(bytes, offset, frame);
  return bytes;
}

/** Spells one frame. */
export function encodeFrame(op: number, requestId: number, transactionId: number, payload: Payload): Buffer {
  return encodeFrames([{ op, requestId, transactionId, payload, bytes: payloadBytes(payload) }]);
}

/** What a {@link FrameDecoder} does with what it finds. */
export interface FrameSink {
  /**
   * Takes a whole frame. Its payload is `bytes` from `start` to before `end`, during the call only: a view would have to
   * be made for each frame, and most replies say nothing beyond their type.
   */
  frame(op: number, requestId: number, transactionId: number, bytes: Buffer, start: number, end: number): void;
  /** Most bytes of payload that a frame of this header may have. */
  limit(op: number, requestId: number): number;
}

/**
 * Finds frames in a stream of bytes that comes in chunks of any size.
 *
 * Work is linear in the bytes received, and memory is bounded by one frame: payloads that lie within one chunk are not
 * copied, others are gathered in a buffer of the announced length.
 */
export class FrameDecoder {
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerUsed = 0;
  #payload: Buffer | undefined;
  #payloadUsed = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Whether a frame has begun that is not whole yet. */
  get midFrame(): boolean {
    return this.#headerUsed > 0;
  }

  /** Takes no notice of further bytes, those of the present chunk included. */
  stop(): void {
    this.#stopped = true;
    this.#payload = undefined;
  }

  /**
   * Takes a chunk and hands every frame that it completes to the sink.
   *
   * @throws XenImageError `XENSTORE_PROTOCOL` for a frame with more payload than the sink allows
   */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length && !this.#stopped) {
      if (this.#payload !== undefined) {
        offset = this.#gatherPayload(this.#payload, chunk, offset);
      } else if (this.#headerUsed === 0 && chunk.length - offset >= HEADER_BYTES) {
        offset = this.#begin(chunk, offset, chunk, offset + HEADER_BYTES);
      } else {
        const count = chunk.copy(this.#header, this.#headerUsed, offset, offset + HEADER_BYTES - this.#headerUsed);
        this.#headerUsed += count;
        offset += count;
        if (this.#headerUsed === HEADER_BYTES) offset = this.#begin(this.#header, 0, chunk, offset);
      }
    }
  }

  /** Deals with a whole header at `at`; the payload starts at `offset` of the chunk. Answers the offset behind it. */
  #begin(header: Buffer, at: number, chunk: Buffer, offset: number): number {
    const op = header.readUInt32LE(at);
    const requestId = header.readUInt32LE(at + 4);
    const transactionId = header.readUInt32LE(at + 8);
    const length = header.readUInt32LE(at + 12);
    const limit = this.#sink.limit(op, requestId);
    if (length > limit) {
      this.stop();
      throw protocolError(`a frame of type ${op} announces ${length} bytes, more than ${limit}`, { op, length, limit });
    }
    if (chunk.length - offset >= length) {
      this.#headerUsed = 0;
      this.#sink.frame(op, requestId, transactionId, chunk, offset, offset + length);
      return offset + length;
    }
    if (header !== this.#header) header.copy(this.#header, 0, at, at + HEADER_BYTES);
    this.#headerUsed = HEADER_BYTES;
    this.#payload = Buffer.allocUnsafe(length);
    this.#payloadUsed = chunk.copy(this.#payload, 0, offset);
    return chunk.length;
  }

  #gatherPayload(payload: Buffer, chunk: Buffer, offset: number): number {
    const count = chunk.copy(payload, this.#payloadUsed, offset);
    this.#payloadUsed += count;
    if (this.#payloadUsed === payload.length) {
      const header = this.#header;
      this.#payload = undefined;
      this.#headerUsed = 0;
      const [op, requestId, transactionId] = [header.readUInt32LE(0), header.readUInt32LE(4), header.readUInt32LE(8)];
      this.#sink.frame(op, requestId, transactionId, payload, 0, payload.length);
    }
    return offset + count;
  }
}

/** The NUL-terminated strings of a payload; `undefined` where the last one lacks its NUL. */
export function splitStrings(bytes: Buffer, start = 0, end = bytes.length): string[] | undefined {
  if (start === end) return [];
  if (bytes[end - 1] !== 0) return undefined;
  return bytes.toString('utf8', start, end - 1).split('\0');
}

/** Spells strings, each with a NUL behind it. The strings must not contain a NUL. */
export function joinStrings(...strings: readonly string[]): string {
  return strings.join('\0') + '\0';
}
