import { connect, type Socket } from 'node:net';
import { XenImageError } from '@xen-image/core';

/** The longest answer that is taken: QEMU's are a few KiB. */
const MOST_ANSWER_BYTES = 1024 * 1024;

/** A connection to QEMU's machine protocol. */
export interface QmpConnection {
  /** Executes a command and gives what it returns. @throws XenImageError `QMP_FAILED`, `QMP_TIMEOUT` */
  execute(command: string, args?: Readonly<Record<string, unknown>>): Promise<unknown>;
  close(): void;
}

interface Waiting {
  readonly command: string;
  resolve(value: unknown): void;
  reject(error: XenImageError): void;
}

function qmpError(message: string, command: string, cause?: unknown): XenImageError {
  return new XenImageError('QMP_FAILED', `QEMU: ${message}`, { phase: 'device-model', call: command, cause });
}

/**
 * Connects to QEMU's socket and agrees on its capabilities.
 *
 * @param timeoutMs - for the greeting and for each answer
 * @throws XenImageError `QMP_FAILED` where nothing answers there or what answers is no QEMU
 */
export async function connectQmp(path: string, timeoutMs = 10_000): Promise<QmpConnection> {
  const socket = connect(path);
  const waiting: Waiting[] = [];
  let buffered = '';
  let greet: (() => void) | undefined;
  let over: XenImageError | undefined;

  const end = (error: XenImageError): void => {
    over ??= error;
    socket.destroy();
    for (const one of waiting.splice(0)) one.reject(over);
  };
  const take = (line: string): void => {
    let message: Record<string, unknown>;
    try {
      message = JSON.parse(line) as Record<string, unknown>;
    } catch {
      end(qmpError('an answer is no JSON', 'qmp'));
      return;
    }
    if ('QMP' in message) greet?.();
    else if ('return' in message) waiting.shift()?.resolve(message['return']);
    else if ('error' in message) {
      const { desc } = message['error'] as { desc?: unknown };
      const one = waiting.shift();
      one?.reject(qmpError(typeof desc === 'string' ? desc : 'the command failed', one.command));
    }
  };
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    buffered += chunk;
    const lines = buffered.split('\n');
    buffered = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') take(line);
    if (buffered.length > MOST_ANSWER_BYTES) end(qmpError('an answer does not end', 'qmp'));
  });
  socket.on('error', (error) => {
    end(qmpError(error.message, 'connect', error));
  });
  socket.on('close', () => {
    end(qmpError('the connection was closed', 'qmp'));
  });

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
    const answer = new Promise<unknown>((resolve, reject) => waiting.push({ command, resolve, reject }));
    socket.write(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }) })}\n`);
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
  await execute('qmp_capabilities');
  return {
    execute,
    close: () => {
      socket.end();
      socket.destroy();
    },
  };
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
