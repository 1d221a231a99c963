import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { openClient } from '../../src/client.js';
import { openDevice } from '../../src/transport/device.js';
import type { Transport, TransportEvents } from '../../src/transport/transport.js';
import { OP } from '../../src/operations.js';
import { encodeFrames } from '../../src/wire.js';
import { frame } from '../support/fake-daemon.js';
import { cleanUp, failure } from '../support/use.js';

/** A FIFO in the device's place: what is written to it comes back, so that an acknowledgement is the request itself. */
async function echo(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'xenstore-'));
  cleanUp(() => rm(directory, { recursive: true }));
  await promisify(execFile)('mkfifo', [join(directory, 'xenbus')]);
  return join(directory, 'xenbus');
}

describe.each([
  ['by events', false],
  ['by a timer', true],
])('the device, read %s', (_how, byTimer) => {
  it('takes requests and gives replies', async () => {
    const path = await echo();
    const client = await openClient((events) => openDevice(path, events, byTimer));
    cleanUp(() => {
      client.close();
    });
    expect(client.address).toBe(path);
    await Promise.all([client.mkdir('relative/path'), client.write('/a', 'b'), client.rm('/c')]);
    expect(await client.read('/x')).toBe('/x\0');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await client.read('/y')).toBe('/y\0');
  });

  it('has room for 4080 bytes of payload', async () => {
    const path = await echo();
    const client = await openClient((events) => openDevice(path, events, byTimer));
    cleanUp(() => {
      client.close();
    });
    await client.write('/a', 'x'.repeat(4077));
    expect(await failure(client.write('/a', 'x'.repeat(4078)))).toMatchObject({
      code: 'XENSTORE_PAYLOAD_TOO_BIG',
      data: { bytes: 4081, limit: 4080 },
    });
  });

  it('can be closed while nothing comes', async () => {
    const path = await echo();
    const client = await openClient((events) => openDevice(path, events, byTimer));
    client.close();
    expect(await failure(client.read('/a'))).toMatchObject({ code: 'XENSTORE_CLOSED' });
  });
});

describe('the device', () => {
  it('that is not there is said', async () => {
    const open = openClient((events) => openDevice('/nowhere/xenbus', events));
    expect(await failure(open)).toMatchObject({ code: 'XENSTORE_CONNECT', errno: 'ENOENT' });
  });

  /** The kernel's side, by hand. */
  function kernel(): { open: (events: TransportEvents) => Transport; sent: Buffer[]; events: () => TransportEvents } {
    const sent: Buffer[] = [];
    let told: TransportEvents | undefined;
    return {
      sent,
      events: () => told as TransportEvents,
      open: (events) => {
        told = events;
        return {
          kind: 'device',
          address: 'kernel',
          payloadMax: 4080,
          send: (frames) => sent.push(...frames.map((one) => encodeFrames([one]))),
          close: () => undefined,
        };
      },
    };
  }

  it('acknowledges watches under id 0, in order, among other replies', async () => {
    const { open, sent, events } = kernel();
    const client = await openClient(open);
    const read = client.read('name');
    const first = client.watch('/a');
    const second = client.watch('/b');
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(sent).toHaveLength(3);
    const token = (index: number): string => sent[index]!.toString('latin1', 16).split('\0')[1] ?? '';
    // The kernel's watch events carry whatever was on its stack for an id, and may carry a third string.
    const event = frame(OP.WATCH_EVENT, 0xdeadbeef, 7, `/b/x\0${token(2)}\0extra\0`);
    const acknowledgement = frame(OP.WATCH, 0, 0, 'OK\0');
    const value = frame(OP.READ, sent[0]!.readUInt32LE(4), 0, 'guest');
    events().data(Buffer.concat([acknowledgement, event, value, acknowledgement]));
    expect(await read).toBe('guest');
    expect((await first).path).toBe('/a');
    expect((await (await second).next()).value?.path).toBe('/b/x');
    const ended = (await first).close();
    await new Promise((resolve) => setTimeout(resolve, 1));
    events().data(frame(OP.UNWATCH, 0, 0, 'OK\0'));
    await ended;
    client.close();
  });

  it('that acknowledges a watch nobody asked for breaks the protocol', async () => {
    const { open, events } = kernel();
    const client = await openClient(open);
    const read = failure(client.read('/a'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    events().data(frame(OP.WATCH, 0, 0, 'OK\0'));
    expect(await read).toMatchObject({ code: 'XENSTORE_PROTOCOL' });
  });

  it('that refuses a write is lost', async () => {
    const { open, events } = kernel();
    const client = await openClient(open);
    const read = failure(client.read('/a'));
    await new Promise((resolve) => setTimeout(resolve, 1));
    events().closed(Object.assign(new Error('write EIO'), { code: 'EIO' }));
    expect(await read).toMatchObject({ code: 'XENSTORE_DISCONNECTED', cause: { code: 'EIO' } });
  });
});
