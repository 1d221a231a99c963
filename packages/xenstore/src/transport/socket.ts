import { connect } from 'node:net';
import { connectError } from '../errors.js';
import { encodeFrames, PAYLOAD_MAX } from '../wire.js';
import type { Transport, TransportEvents } from './transport.js';

const READ_BYTES = 65536;

/**
 * Connects to xenstored's Unix socket.
 *
 * The socket is read for as long as it is open, whatever the program does with what it
 * receives: a client that stopped reading would make the daemon, which all guests share, keep its messages.
 *
 * @throws XenImageError `XENSTORE_CONNECT`
 */
export function openSocket(path: string, events: TransportEvents): Promise<Transport> {
  return new Promise((resolve, reject) => {
    let open = false;
    let closed = false;
    const socket = connect({
      path,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ_BYTES),
        callback(length, buffer) {
          if (!closed) events.data((buffer as Buffer).subarray(0, length));
          return true;
        },
      },
    });
    let failure: Error | undefined;
    socket.on('error', (error) => (failure = error));
    socket.on('close', () => {
      if (!open) reject(connectError(path, failure));
      else if (!closed) {
        closed = true;
        events.closed(failure);
      }
    });
    socket.once('connect', () => {
      open = true;
      resolve({
        kind: 'socket',
        address: path,
        payloadMax: PAYLOAD_MAX,
        send(frames) {
          socket.write(encodeFrames(frames));
        },
        close() {
          closed = true;
          socket.destroy();
        },
        hold(held) {
          if (held) socket.ref();
          else socket.unref();
          return socket.readable && !socket.destroyed;
        },
      });
    });
  });
}
