import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A request as the fake daemon found it on the wire. */
export interface Received {
  readonly op: number;
  readonly id: number;
  readonly tx: number;
  readonly payload: Buffer;
  /** The payload's strings. */
  readonly strings: string[];
}

/** What the script sees of a client. */
export interface Peer {
  readonly socket: Socket;
  send(op: number, id: number, tx: number, payload: Buffer | string): void;
  /** Answers a request with its own type. */
  reply(to: Received, payload: Buffer | string): void;
  refuse(to: Received, errno: string): void;
}

export type Script = (request: Received, peer: Peer, connection: number) => void;

/** A daemon that does what the test says, over a real socket. It spells frames by itself. */
export interface FakeDaemon {
  readonly path: string;
  readonly received: Received[];
  /** Chunks as they came, one a socket write at most. */
  readonly chunks: Buffer[];
  readonly peers: Peer[];
  close(): Promise<void>;
  /** Listens again after `stop`. */
  start(): Promise<void>;
  /** Drops clients and stops listening. */
  stop(): Promise<void>;
}

export function frame(op: number, id: number, tx: number, payload: Buffer | string, length?: number): Buffer {
  const body = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const header = Buffer.alloc(16);
  [op, id, tx, length ?? body.length].forEach((word, index) => header.writeUInt32LE(word, 4 * index));
  return Buffer.concat([header, body]);
}

export const ok = (request: Received, peer: Peer): void => {
  peer.reply(request, 'OK\0');
};

export async function fakeDaemon(script: Script = ok): Promise<FakeDaemon> {
  const directory = await mkdtemp(join(tmpdir(), 'xenstore-'));
  const path = join(directory, 'socket');
  const received: Received[] = [];
  const chunks: Buffer[] = [];
  const peers: Peer[] = [];
  let server: Server | undefined;

  const serve = (socket: Socket): void => {
    const number = peers.length;
    const peer: Peer = {
      socket,
      send: (op, id, tx, payload) => socket.write(frame(op, id, tx, payload)),
      reply: (to, payload) => {
        peer.send(to.op, to.id, to.tx, payload);
      },
      refuse: (to, errno) => {
        peer.send(16, to.id, to.tx, `${errno}\0`);
      },
    };
    peers.push(peer);
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 16 && rest.length >= 16 + rest.readUInt32LE(12)) {
        const payload = rest.subarray(16, 16 + rest.readUInt32LE(12));
        const strings = payload.toString().split('\0').slice(0, -1);
        const request = {
          op: rest.readUInt32LE(0),
          id: rest.readUInt32LE(4),
          tx: rest.readUInt32LE(8),
          payload,
          strings,
        };
        rest = rest.subarray(16 + payload.length);
        received.push(request);
        script(request, peer, number);
      }
    });
  };

  const start = (): Promise<void> =>
    new Promise((resolve) => {
      server = createServer(serve).listen(path, resolve);
    });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      for (const peer of peers) peer.socket.destroy();
      if (server?.listening === true)
        server.close(() => {
          resolve();
        });
      else resolve();
    });
  await start();
  return {
    path,
    received,
    chunks,
    peers,
    start,
    stop,
    close: async () => {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}
