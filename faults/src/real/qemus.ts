import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Simulator } from '@xen-image/xen-sim';
import { cutLines } from './messages.js';
import { dealer, type Meddler } from './wire.js';

/** Where a toolstack records the device models that it has started. */
const RECORDS = '/xen-image/device-model';
const DOM0 = { domid: 0, transactionId: 0 };

/** What a QEMU that runs answers; to what is not here, that it is done. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  'query-status': { running: true, status: 'running' },
  'query-vnc': { enabled: true, host: '127.0.0.1', service: '5900' },
};

/**
 * The part of device models that talks: as soon as one is recorded, its control socket is there and it says in the store that it
 * runs. It is there no more once it is recorded no more.
 */
export function talkingQemus(simulator: Simulator, directory: string, meddler: () => Meddler): () => void {
  const store = simulator.storeBackend();
  const talking = new Map<number, () => void>();
  const look = async (domid: number): Promise<void> => {
    const recorded = await store.read(DOM0, `${RECORDS}/${domid}`).then(
      () => true,
      () => false,
    );
    if (!recorded) {
      talking.get(domid)?.();
      talking.delete(domid);
      return;
    }
    if (talking.has(domid)) return;
    talking.set(domid, serve(join(directory, `qmp-libxl-${domid}`), meddler));
    await store.write(DOM0, `/local/domain/0/device-model/${domid}/state`, Buffer.from('running'));
  };
  const end = store.watch(0, RECORDS, (path) => {
    const domid = Number(path.slice(RECORDS.length + 1));
    if (domid > 0) void look(domid);
  });
  return () => {
    end();
    for (const close of talking.values()) close();
  };
}

function serve(path: string, meddler: () => Meddler): () => void {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    const deal = dealer('qmp', socket, meddler);
    const say = (message: object): void => {
      deal(Buffer.from(`${JSON.stringify(message)}\r\n`));
    };
    const commands = cutLines();
    socket.on('data', (chunk: Buffer) => {
      for (const line of commands(chunk)) {
        const { execute, id } = JSON.parse(line.toString()) as { execute: string; id: number };
        void meddler()
          .asked('qmp', line)
          .then((wanted) => {
            if (wanted) say({ return: ANSWERS[execute] ?? {}, id });
          });
      }
    });
    say({ QMP: { version: {}, capabilities: [] } });
  });
  // A directory that goes away while it begins takes it with it.
  server.on('error', () => undefined);
  server.listen(path);
  return () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
}
