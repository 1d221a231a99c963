import type { Frame } from '../wire.js';

/** What a transport tells its connection. */
export interface TransportEvents {
  /** Bytes have come; the chunk is valid only during the call. */
  data(chunk: Buffer): void;
  /** The other side is gone; said once, and not after `close`. */
  closed(error: Error | undefined): void;
}

/** A way to the daemon: a stream of bytes in either direction. */
export interface Transport {
  /**
   * `socket`: xenstored's own socket; the connection is dom0's, and there is no domain that relative paths could count
   * from. `device`: the kernel's `/dev/xen/xenbus`; the connection is the domain's own.
   */
  readonly kind: 'socket' | 'device';
  /** The file's path, for messages. */
  readonly address: string;
  /** Most bytes of payload that a request may have. */
  readonly payloadMax: number;
  /** Sends frames in order. */
  send(frames: readonly Frame[]): void;
  /** Ends it at once; nothing is told afterwards. */
  close(): void;
  /**
   * Whether the process stays for what may come; a transport without it cannot be left open unused.
   *
   * @returns whether the other side is still there, as far as is known
   */
  hold?(held: boolean): boolean;
}
