import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { connectError, errnoOf } from '../errors.js';
import { encodeFrames, HEADER_BYTES } from '../wire.js';
import type { Transport, TransportEvents } from './transport.js';

/** The driver's buffer holds one message of 4096 bytes, its header included (xenbus_dev_frontend.c of Linux). */
const DEVICE_FRAME_MAX = 4096;
const READ_BYTES = 65536;
/** Between two looks at an idle device: doubled from the first to the second. */
const POLL_LEAST_MS = 1;
const POLL_MOST_MS = 64;

/** The part of Node's own pipe handle that is used here. */
interface PipeHandle {
  open(fd: number): number;
}

/**
 * Opens the kernel's xenbus device.
 *
 * The driver takes one message a write and answers to `poll`. Node has no public way to wait for a character device, so
 * that its pipe handle is used where `process.binding` gives it; elsewhere the device is read by a timer. A blocking
 * read on Node's thread pool is no way: it cannot be ended, and a process with one never exits.
 *
 * @throws XenImageError `XENSTORE_CONNECT`
 */
export function openDevice(path: string, events: TransportEvents, byTimer = false): Transport {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    throw connectError(path, error);
  }
  const handle = byTimer ? undefined : pipeHandle(fd);
  const base = {
    kind: 'device',
    address: path,
    payloadMax: DEVICE_FRAME_MAX - HEADER_BYTES,
  } as const;
  return { ...base, ...(handle === undefined ? readByTimer(fd, events) : readByEvent(handle, events)) };
}

type SendAndClose = Pick<Transport, 'send' | 'close'>;

function readByEvent(handle: PipeHandle, events: TransportEvents): SendAndClose {
  let closed = false;
  let failure: Error | undefined;
  const options = { handle, readable: true, writable: true };
  const socket = new Socket(options);
  socket.on('data', (chunk: Buffer) => {
    if (!closed) events.data(chunk);
  });
  socket.on('error', (error) => (failure = error));
  socket.on('close', () => {
    if (closed) return;
    closed = true;
    events.closed(failure);
  });
  return {
    send(frames) {
      for (const frame of frames) socket.write(encodeFrames([frame]));
    },
    close() {
      closed = true;
      socket.destroy();
    },
  };
}

function readByTimer(fd: number, events: TransportEvents): SendAndClose {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  let timer: NodeJS.Timeout | undefined;
  let delayMs = POLL_LEAST_MS;
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    clearTimeout(timer);
    closeSync(fd);
  };
  const fail = (error: Error | undefined): void => {
    if (closed) return;
    close();
    events.closed(error);
  };
  const lookAgain = (): void => {
    clearTimeout(timer);
    timer = setTimeout(look, delayMs);
  };
  const look = (): void => {
    let length: number | undefined;
    try {
      length = readSync(fd, buffer);
    } catch (error) {
      if (errnoOf(error) !== 'EAGAIN') {
        fail(error as Error);
        return;
      }
    }
    if (length === 0) {
      fail(undefined);
      return;
    }
    delayMs = length === undefined ? Math.min(2 * delayMs, POLL_MOST_MS) : POLL_LEAST_MS;
    lookAgain();
    if (length !== undefined) events.data(buffer.subarray(0, length));
  };
  lookAgain();
  return {
    send(frames) {
      try {
        for (const frame of frames) writeSync(fd, encodeFrames([frame]));
      } catch (error) {
        queueMicrotask(() => {
          fail(error as Error);
        });
        return;
      }
      delayMs = POLL_LEAST_MS;
      lookAgain();
    },
    close,
  };
}

function pipeHandle(fd: number): PipeHandle | undefined {
  interface PipeBinding {
    readonly Pipe: new (type: number) => PipeHandle;
    readonly constants: { readonly SOCKET: number };
  }
  try {
    const binding = (process as unknown as { binding(name: string): unknown }).binding('pipe_wrap') as PipeBinding;
    const handle = new binding.Pipe(binding.constants.SOCKET);
    return handle.open(fd) === 0 ? handle : undefined;
  } catch {
    return undefined;
  }
}
