import type { Socket } from 'node:net';
import type { Io, TextSink } from '../io.js';
import { sendFrame, type Ask, type FromService, type StreamFacts } from './protocol.js';

/** The asking process, for a command line that runs here. */
export interface RemoteIo extends Io {
  /**
   * Has a signal arrive that came to the asking process. Where nothing listens yet it waits for who does.
   *
   * @returns whether something listened
   */
  arrive(signal: NodeJS.Signals): boolean;
}

/** What a command line sees in place of its process. */
export function remoteIo(socket: Socket, { circumstances, stdout, stderr }: Ask): RemoteIo {
  const listeners = new Set<(signal: NodeJS.Signals) => void>();
  let early: NodeJS.Signals | undefined;
  const send = (frame: FromService): void => {
    sendFrame(socket, frame);
  };
  const sink = (facts: StreamFacts, name: 'out' | 'err'): TextSink => ({
    ...facts,
    write(text) {
      send(name === 'out' ? { out: text } : { err: text });
    },
  });
  return {
    stdout: sink(stdout, 'out'),
    stderr: sink(stderr, 'err'),
    // A command that reads standard input is not asked for; see asks.ts.
    stdin: (async function* () {
      // Nothing.
    })(),
    env: circumstances.env,
    cwd: circumstances.cwd,
    onSignal(signals, listener) {
      const one = (signal: NodeJS.Signals): void => {
        if (signals.includes(signal)) listener(signal);
      };
      listeners.add(one);
      const came = early;
      early = undefined;
      if (came !== undefined) {
        queueMicrotask(() => {
          one(came);
        });
      }
      return () => listeners.delete(one);
    },
    showProgress(text) {
      send({ progress: text ?? null });
    },
    arrive(signal) {
      if (listeners.size === 0) early ??= signal;
      for (const listener of [...listeners]) listener(signal);
      return listeners.size > 0;
    },
  };
}
