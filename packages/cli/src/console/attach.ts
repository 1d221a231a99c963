import type { Duplex, Readable, Writable } from 'node:stream';

/** The key that leaves a console, as people know it, and the byte it makes. */
export const ESCAPE_KEY = 'Ctrl-]';
const ESCAPE_BYTE = 0x1d;

/** This side of the console. */
export interface Ends {
  readonly input: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly output: Writable;
}

/**
 * Passes bytes between a guest's terminal and this side until the guest's end closes, or the escape key is typed.
 *
 * The end of an input that is no terminal is no reason to leave: what the guest prints still comes.
 *
 * @returns `left` where the escape key was typed or whoever read the output is gone, `closed` where the terminal is gone
 */
export function attach(guest: Duplex, { input, output }: Ends): Promise<'left' | 'closed'> {
  const raw = input.isTTY === true;
  return new Promise((resolve) => {
    let over = false;
    const finish = (why: 'left' | 'closed'): void => {
      if (over) return;
      over = true;
      input.off('data', typed);
      guest.off('data', printed);
      output.off('error', left);
      if (raw) input.setRawMode?.(false);
      input.pause();
      guest.destroy();
      resolve(why);
    };
    const typed = (chunk: Buffer): void => {
      const at = raw ? chunk.indexOf(ESCAPE_BYTE) : -1;
      if (at === -1) guest.write(chunk);
      else {
        if (at > 0) guest.write(chunk.subarray(0, at));
        finish('left');
      }
    };
    const printed = (chunk: Buffer): void => {
      if (output.write(chunk)) return;
      // A slow reader of ours holds the guest's output back instead of filling memory.
      guest.pause();
      output.once('drain', () => guest.resume());
    };
    const closed = (): void => {
      finish('closed');
    };
    const left = (): void => {
      finish('left');
    };
    output.once('error', left);
    // A terminal whose other end is gone answers EIO.
    guest.once('error', closed);
    guest.once('end', closed);
    guest.once('close', closed);
    guest.on('data', printed);
    if (raw) input.setRawMode?.(true);
    input.on('data', typed);
    input.resume();
  });
}
