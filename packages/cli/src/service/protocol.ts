import type { Socket } from 'node:net';

/** What decides, beside its words, how a command line is carried out. */
export interface Circumstances {
  readonly cwd: string;
  readonly umask: number;
  readonly env: Readonly<Record<string, string>>;
  /** The root directory and the mounts that are seen: what a path means. */
  readonly files: string;
}

/** How a stream of the asking process shows text. */
export interface StreamFacts {
  readonly isTTY: boolean;
  readonly columns?: number;
}

/** The first thing a command says to the service. */
export interface Ask {
  readonly version: string;
  readonly words: readonly string[];
  readonly circumstances: Circumstances;
  readonly stdout: StreamFacts;
  readonly stderr: StreamFacts;
}

/** From the command. Nothing is done before `go`, so that a command that gave up waiting can do it itself. */
export type FromCommand = { readonly ask: Ask } | { readonly go: true } | { readonly signal: NodeJS.Signals };

/** From the service: once `declined`, or `taken`, and after `go` what the command line says, up to its exit code. */
export type FromService =
  | { readonly declined: string }
  | { readonly taken: true }
  | { readonly out: string }
  | { readonly err: string }
  | { readonly progress: string | null }
  | { readonly exit: number };

/** Where the service listens where `XEN_IMAGE_SERVICE` names no other place. */
export const SERVICE_SOCKET = '/run/xen-image/service';

/** Environment and arguments of a process have 2 MiB of room between them on Linux, by default. */
const LONGEST_FRAME = 4 * 1024 * 1024;

/** Sends a frame: JSON on a line of its own. */
export function sendFrame(socket: Socket, frame: FromCommand | FromService): void {
  if (socket.writable) socket.write(`${JSON.stringify(frame)}\n`);
}

/**
 * Calls back with each frame, until this side has ended the connection. What is no frame, or too long, ends it.
 */
export function onFrames(socket: Socket, receive: (frame: Readonly<Record<string, unknown>>) => void): void {
  let parts: string[] = [];
  let length = 0;
  socket.setEncoding('utf8').on('data', (text: string) => {
    const [first = '', ...more] = text.split('\n');
    parts.push(first);
    length += first.length;
    for (const next of more) {
      // By what came before in the same text.
      if (socket.destroyed || socket.writableEnded) return;
      const frame = parse(parts.join(''));
      if (frame === undefined) {
        socket.destroy();
        return;
      }
      receive(frame);
      parts = [next];
      length = next.length;
    }
    if (length > LONGEST_FRAME) socket.destroy();
  });
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
