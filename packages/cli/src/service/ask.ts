import { connect } from 'node:net';
import { ENDING } from '../exit-codes.js';
import type { ToAsk } from './asking.js';
import { onFrames, sendFrame, type FromService } from './protocol.js';

/** A service that is well takes a command line, or declines it, in a few milliseconds. */
const ANSWER_WITHIN_MS = 1000;

/** What of the process a client uses. */
export interface ClientStreams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Columns of a terminal on stderr; 0 where there is none. */
  readonly columns: number;
}

/**
 * Asks a service to carry out a command line, shows what it says and passes signals on.
 *
 * @returns the exit code; `undefined` where the service did nothing: it is not there, declined, or was too slow to answer
 */
export function askService({ path, ask }: ToAsk, streams: ClientStreams): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const show = shower(streams);
    let taken = false;
    let ended = false;
    const pass = (signal: NodeJS.Signals): void => {
      sendFrame(socket, { signal });
    };
    const end = (code: number | undefined): void => {
      ended = true;
      clearTimeout(timer);
      for (const signal of ENDING) process.off(signal, pass);
      socket.destroy();
      resolve(code);
    };
    const timer = setTimeout(end, ANSWER_WITHIN_MS, undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (ended) return;
      if (taken) show(lost(ask.words));
      end(taken ? 1 : undefined);
    });
    socket.on('connect', () => {
      sendFrame(socket, { ask });
    });
    onFrames(socket, (frame) => {
      if ('declined' in frame) end(undefined);
      else if ('taken' in frame) {
        taken = true;
        clearTimeout(timer);
        for (const signal of ENDING) process.on(signal, pass);
        sendFrame(socket, { go: true });
      } else if (typeof frame['exit'] === 'number') {
        show({ progress: null });
        end(frame['exit']);
      } else show(frame as FromService);
    });
  });
}

/** Shows what comes; a line of progress is drawn over until something else is said. */
function shower({ out, err, columns }: ClientStreams): (frame: FromService) => void {
  let drawn = false;
  return (frame) => {
    if (drawn) err('\r\x1b[2K');
    drawn = false;
    if ('out' in frame) out(frame.out);
    else if ('err' in frame) err(frame.err);
    else if ('progress' in frame && frame.progress !== null && columns > 1) {
      err(frame.progress.slice(0, columns - 1));
      drawn = true;
    }
  };
}

/** Said by hand: nothing of the program is loaded. */
function lost(words: readonly string[]): FromService {
  const [command = ''] = words;
  const code = 'SERVICE_LOST';
  const message = `the service ended while it carried out ${command}`;
  const hint = 'xen-image list shows what is there; xen-image recover undoes what was left in the middle.';
  if (words.includes('--json')) {
    return { out: `${JSON.stringify({ command, error: { code, message, hint } }, null, 2)}\n` };
  }
  return { err: `xen-image: error [${code}]: ${message}\n  hint: ${hint}\n` };
}
