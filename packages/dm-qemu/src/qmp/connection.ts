import { connect, type Socket } from 'node:net';
import { XenImageError } from '@xen-image/core';

/** The longest answer that is taken: QEMU's are a few KiB. */
const MOST_ANSWER_BYTES = 1024 * 1024;
/** How much of QEMU's own words an error repeats. */
const MOST_SAID = 500;

/** Something that QEMU tells unasked. */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A connection to QEMU's machine protocol. */
export interface QmpConnection {
  /** Executes a command and gives what it returns. @throws XenImageError `QMP_FAILED`, `QMP_TIMEOUT` */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  /**
   * The first event of this name, from now on, that `wanted` takes.
   *
   * @throws XenImageError `QMP_TIMEOUT` where none comes in time, `QMP_FAILED` where the connection ends before
   */
  event(name: string, wanted?: (data: Readonly<Record<string, unknown>>) => boolean): Promise<QmpEvent>;
  close(): void;
}

interface Waiting {
  readonly id: number;
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: XenImageError): void;
}

interface Expecting {
  readonly name: string;
  readonly wanted: (data: Readonly<Record<string, unknown>>) => boolean;
  resolve(event: QmpEvent): void;
  reject(error: XenImageError): void;
}

function qmpError(message: string, command: string, cause?: unknown): XenImageError {
  return new XenImageError('QMP_FAILED', `QEMU: ${message}`, { phase: 'device-model', call: command, cause });
}

/**
 * Connects to QEMU's socket and agrees on its capabilities.
 *
 * @param timeoutMs - for the greeting and for each answer
 * @param signal - ends the connection, and whatever waits for it
 * @throws XenImageError `QMP_FAILED` where nothing answers there or what answers is no QEMU
 */
export async function connectQmp(path: string, timeoutMs = 10_000, signal?: AbortSignal): Promise<QmpConnection> {
  const socket = connect(path);
  const waiting: Waiting[] = [];
  const expecting = new Set<Expecting>();
  let pieces: string[] = [];
  let bufferedLength = 0;
  let lastId = 0;
  let greet: (() => void) | undefined;
  let over: XenImageError | undefined;

  const end = (error: XenImageError): void => {
    over ??= error;
    socket.destroy();
    for (const one of waiting.splice(0)) one.reject(over);
    for (const one of expecting) one.reject(over);
    expecting.clear();
  };
  const tell = (name: string, given: unknown): void => {
    const data = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
    for (const one of expecting) {
      if (one.name !== name || !one.wanted(data)) continue;
      expecting.delete(one);
      one.resolve({ event: name, data });
    }
  };
  /** An answer given twice, or to nothing that was asked, must not become that of the next command. */
  const answered = (message: Readonly<Record<string, unknown>>): void => {
    const [one] = waiting;
    if (one === undefined || message['id'] !== one.id) {
      end(qmpError('it answers what it was not asked', one?.command ?? 'qmp'));
      return;
    }
    waiting.shift();
    if ('return' in message) {
      one.resolve(message['return']);
      return;
    }
    const desc = (message['error'] as { desc?: unknown } | null)?.desc;
    one.reject(qmpError(typeof desc === 'string' ? desc.slice(0, MOST_SAID) : 'the command failed', one.command));
  };
  const take = (line: string): void => {
    const message = objectOf(line);
    if (message === undefined) {
      end(qmpError('an answer is no JSON object', 'qmp'));
      return;
    }
    if ('QMP' in message) greet?.();
    else if (typeof message['event'] === 'string') tell(message['event'], message['data']);
    else if ('return' in message || 'error' in message) answered(message);
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    // Only what has come is looked at: an answer in many pieces takes no longer than one in few.
    const [first = '', ...others] = chunk.split('\n');
    pieces.push(first);
    bufferedLength += first.length;
    for (const next of others) {
      const line = pieces.join('');
      pieces = [next];
      bufferedLength = next.length;
      if (over === undefined && line.trim() !== '') take(line);
    }
    if (bufferedLength > MOST_ANSWER_BYTES) end(qmpError('an answer does not end', 'qmp'));
  });
  socket.on('error', (error) => {
    end(qmpError(error.message, 'connect', error));
  });
  const aborted = (): void => {
    end(qmpError('the connection was given up', 'qmp', signal?.reason));
  };
  signal?.addEventListener('abort', aborted);
  socket.on('close', () => {
    signal?.removeEventListener('abort', aborted);
    end(qmpError('the connection was closed', 'qmp'));
  });
  if (signal?.aborted === true) aborted();

  const timed = <T>(work: Promise<T>, command: string): Promise<T> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new XenImageError('QMP_TIMEOUT', `QEMU did not answer ${command} within ${timeoutMs} ms`, {
          phase: 'device-model',
          call: command,
        });
        end(error);
        reject(error);
      }, timeoutMs);
    });
    return Promise.race([work, late]).finally(() => {
      clearTimeout(timer);
    });
  };
  const execute = (command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> => {
    if (over !== undefined) return Promise.reject(over);
    const id = ++lastId;
    const answer = new Promise<unknown>((resolve, reject) => waiting.push({ id, command, resolve, reject }));
    socket.write(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }), id })}\n`);
    return timed(answer, command);
  };

  await timed(
    greeting(
      socket,
      (resolve) => (greet = resolve),
      () => over,
    ),
    'greeting',
  );
  try {
    await execute('qmp_capabilities');
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    execute,
    event: (name, wanted = () => true) => {
      if (over !== undefined) return Promise.reject(over);
      const come = new Promise<QmpEvent>((resolve, reject) => expecting.add({ name, wanted, resolve, reject }));
      return timed(come, name);
    },
    close: () => {
      socket.end();
      socket.destroy();
    },
  };
}

/** A guest that got the better of its QEMU decides what stands here. */
function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function greeting(
  socket: Socket,
  onGreeting: (resolve: () => void) => void,
  failure: () => XenImageError | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    onGreeting(resolve);
    socket.once('close', () => {
      reject(failure() ?? qmpError('no greeting', 'connect'));
    });
  });
}
