import { createServer, type Server, type Socket } from 'node:net';
import { ENDING, exitCodeOfSignal } from '../exit-codes.js';
import { SharedCircumstances } from './circumstances.js';
import { onFrames, sendFrame, type Ask } from './protocol.js';
import { remoteIo, type RemoteIo } from './session.js';

/** How long a process that connects may take over its next word. */
const WORD_WITHIN_MS = 5000;
/** Command lines under way at one time; a process that is declined does it itself. */
const AT_ONCE = 64;

/** What became of a command line. */
export type Told =
  | { readonly event: 'ended'; readonly words: readonly string[]; readonly exitCode: number }
  | { readonly event: 'declined'; readonly words: readonly string[]; readonly why: string };

/** What a service needs of the rest of the command. */
export interface ServiceOptions {
  /** Only command lines of the same version are taken. */
  readonly version: string;
  /** Carries out a command line, and answers its exit code. */
  readonly run: (words: readonly string[], io: RemoteIo) => Promise<number>;
  /** Why a command line is not for the service, if so. It is called in the circumstances of the asking process. */
  readonly declines?: (io: RemoteIo) => string | undefined;
  /** Told of each command line, once it has ended or is declined. */
  readonly onTold?: (told: Told) => void;
  /** How long a process may take over its next word, in milliseconds; 5,000 where not given. */
  readonly wordWithinMs?: number;
}

/** A service that carries out command lines of other processes of this user. */
export interface Service {
  /** Takes connections; not listening yet. */
  readonly server: Server;
  /** Takes no more, and resolves once those under way are done. */
  close(): Promise<void>;
  /** Has a signal arrive at all that is under way. */
  interrupt(signal: NodeJS.Signals): void;
}

/** Makes a service; who listens where is the caller's. */
export function createService({
  version,
  run,
  declines,
  onTold,
  wordWithinMs = WORD_WITHIN_MS,
}: ServiceOptions): Service {
  const shared = new SharedCircumstances();
  const running = new Set<RemoteIo>();
  const sockets = new Set<Socket>();
  /** Of processes that have their answer, and have not gone. */
  const answered = new Set<Socket>();
  let closing = false;

  /** A process that was stopped, as by Ctrl-Z, takes no answer and does not go. */
  function letGo(socket: Socket): void {
    socket.setTimeout(wordWithinMs, () => {
      socket.destroy();
    });
  }

  async function carryOut(ask: Ask, io: RemoteIo, socket: Socket, leave: () => void): Promise<void> {
    running.add(io);
    let code = 1;
    try {
      code = await run(ask.words, io);
    } catch (error) {
      // Commands answer with an exit code whatever happens: this is a defect, of which the others must not suffer.
      io.stderr.write(`xen-image: error [INTERNAL]: ${String(error)}\n`);
    }
    running.delete(io);
    leave();
    onTold?.({ event: 'ended', words: ask.words, exitCode: code });
    sendFrame(socket, { exit: code });
    socket.end();
    if (!sockets.has(socket)) return;
    answered.add(socket);
    if (closing) letGo(socket);
  }

  function take(ask: Ask, socket: Socket): { readonly io: RemoteIo; readonly leave: () => void } | string {
    if (ask.version !== version) return `it is of version ${ask.version}, the service of ${version}`;
    if (closing) return 'the service is ending';
    if (sockets.size > AT_ONCE) return 'too many commands are under way';
    const leave = shared.enter(ask.circumstances);
    if (typeof leave === 'string') return leave;
    const io = remoteIo(socket, ask);
    let why: string | undefined;
    try {
      why = declines?.(io);
    } catch (error) {
      // As a directory on a file system that is gone.
      why = String(error);
    }
    if (why === undefined) return { io, leave };
    leave();
    return why;
  }

  const server = createServer((socket) => {
    sockets.add(socket);
    let held: { readonly ask: Ask; readonly io: RemoteIo; readonly leave: () => void } | undefined;
    let going = false;
    socket.setTimeout(wordWithinMs, () => {
      if (!going) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      answered.delete(socket);
      // The asking process is gone, as a terminal that hung up.
      if (going) held?.io.arrive('SIGHUP');
      else held?.leave();
    });
    onFrames(socket, (frame) => {
      const { ask, signal } = frame;
      if (held === undefined && isAsk(ask)) {
        const taken = take(ask, socket);
        if (typeof taken === 'string') {
          onTold?.({ event: 'declined', words: ask.words, why: taken });
          sendFrame(socket, { declined: taken });
          socket.end();
          return;
        }
        held = { ask, ...taken };
        sendFrame(socket, { taken: true });
      } else if (held !== undefined && !going && frame['go'] === true) {
        going = true;
        void carryOut(held.ask, held.io, socket, held.leave);
      } else if (going && isEnding(signal)) {
        // Nothing listens while nothing is done yet that would have to be undone: the process that asked ends at once.
        if (held?.io.arrive(signal) === false) sendFrame(socket, { exit: exitCodeOfSignal(signal) });
      } else socket.destroy();
    });
  });

  return {
    server,
    interrupt(signal) {
      for (const io of [...running]) io.arrive(signal);
    },
    close() {
      closing = true;
      for (const socket of answered) letGo(socket);
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}

function isEnding(value: unknown): value is NodeJS.Signals {
  return (ENDING as readonly unknown[]).includes(value);
}

/** Asked by the same version of the same program, of the same user: a look at the outline is enough. */
function isAsk(value: unknown): value is Ask {
  const { version, words, circumstances, stdout, stderr } = (value ?? {}) as Partial<Record<keyof Ask, unknown>>;
  const { cwd, umask, env, files } = (circumstances ?? {}) as Partial<Record<keyof Ask['circumstances'], unknown>>;
  return (
    typeof version === 'string' &&
    Array.isArray(words) &&
    words.every((word) => typeof word === 'string') &&
    [stdout, stderr, env].every((one) => typeof one === 'object' && one !== null) &&
    [cwd, files].every((one) => typeof one === 'string') &&
    typeof umask === 'number'
  );
}
