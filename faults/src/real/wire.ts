import { connect, createServer, type Socket } from 'node:net';
import { cutFrames } from './messages.js';

/** Whose messages are meant: the daemon of the store, or the device model. */
export type Speaker = 'xenstore' | 'qmp';

/** What is given to the client in place of an answer. */
export interface Deal {
  readonly send: readonly Buffer[];
  /** The connection is closed after it. */
  readonly end?: boolean;
}

/** Stands between the clients of a host and whoever answers them. */
export interface Meddler {
  /** A client asks for something. It is kept from whoever would do it where this answers `false`. */
  asked(speaker: Speaker, message: Buffer): Promise<boolean>;
  /** An answer, or an event, is about to be given to a client. */
  answered(speaker: Speaker, message: Buffer): Promise<Deal>;
}

/** Nothing is in the way. */
export const HONEST: Meddler = {
  asked: () => Promise.resolve(true),
  answered: (_speaker, message) => Promise.resolve({ send: [message] }),
};

/** Gives a client what a meddler deals, the messages of a connection in their order. */
export function dealer(speaker: Speaker, socket: Socket, meddler: () => Meddler): (message: Buffer) => void {
  let last = Promise.resolve();
  return (message) => {
    const deal = meddler().answered(speaker, message);
    last = last.then(async () => {
      const { send, end = false } = await deal;
      for (const part of send) if (!socket.destroyed) socket.write(part);
      if (end) socket.end();
    });
  };
}

/** A socket by which the store's daemon can be reached, with a meddler between. */
export async function proxy(path: string, target: string, meddler: () => Meddler): Promise<() => void> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const daemon = connect(target);
    for (const [own, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      sockets.add(own);
      own.on('error', () => own.destroy());
      own.on('close', () => {
        sockets.delete(own);
        other.destroy();
      });
    }
    const deal = dealer('xenstore', client, meddler);
    const [requests, replies] = [cutFrames(), cutFrames()];
    let last = Promise.resolve();
    client.on('data', (chunk: Buffer) => {
      for (const frame of requests(chunk)) {
        const wanted = meddler().asked('xenstore', frame);
        last = last.then(async () => {
          if (await wanted) daemon.write(frame);
        });
      }
    });
    daemon.on('data', (chunk: Buffer) => {
      for (const frame of replies(chunk)) deal(frame);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
}
