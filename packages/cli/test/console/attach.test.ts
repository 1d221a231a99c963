import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { attach } from '../../src/console/attach.js';

/** A guest's terminal whose other end the test holds. */
function guestTerminal() {
  const typed: Buffer[] = [];
  const guest = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      typed.push(chunk);
      done();
    },
  });
  return { guest, typed: () => Buffer.concat(typed).toString('latin1') };
}

function side(isTTY: boolean) {
  const modes: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY, setRawMode: (raw: boolean) => modes.push(raw) });
  const output = new PassThrough();
  return { input, output, modes };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('a console', () => {
  it('passes what is typed to the guest, and what it prints to this side', async () => {
    const { guest, typed } = guestTerminal();
    const { input, output } = side(true);
    const done = attach(guest, { input, output });
    guest.push('login: ');
    input.write('root\r');
    await turn();
    expect(output.read()?.toString()).toBe('login: ');
    expect(typed()).toBe('root\r');
    input.write('\x1d');
    expect(await done).toBe('left');
  });

  it('is left by the escape key; what stands before it still goes, what stands behind does not', async () => {
    const { guest, typed } = guestTerminal();
    const { input, output, modes } = side(true);
    const done = attach(guest, { input, output });
    input.write('ab\x1dcd');
    expect(await done).toBe('left');
    expect(typed()).toBe('ab');
    expect(modes).toEqual([true, false]);
    expect(guest.destroyed).toBe(true);
  });

  it('is left when whoever reads it is gone', async () => {
    const { guest } = guestTerminal();
    const { input, output } = side(false);
    output.on('error', () => undefined);
    const done = attach(guest, { input, output });
    output.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await done).toBe('left');
    expect(guest.destroyed).toBe(true);
  });

  it('passes every byte of an input that is no terminal, and outlives its end', async () => {
    const { guest, typed } = guestTerminal();
    const { input, output } = side(false);
    const done = attach(guest, { input, output });
    input.end('a\x1db');
    await turn();
    guest.push('still here');
    await turn();
    expect(typed()).toBe('a\x1db');
    expect(output.read()?.toString()).toBe('still here');
    guest.push(null);
    expect(await done).toBe('closed');
  });

  it('ends when the guest’s terminal breaks', async () => {
    const { guest } = guestTerminal();
    const { input, output, modes } = side(true);
    const done = attach(guest, { input, output });
    guest.destroy(Object.assign(new Error('EIO'), { code: 'EIO' }));
    expect(await done).toBe('closed');
    expect(modes).toEqual([true, false]);
  });

  it('holds the guest back while nobody reads', async () => {
    const { guest } = guestTerminal();
    const { input } = side(false);
    const output = new PassThrough({ highWaterMark: 4 });
    const done = attach(guest, { input, output });
    guest.push('more than that');
    await turn();
    expect(guest.isPaused()).toBe(true);
    output.resume();
    await turn();
    expect(guest.isPaused()).toBe(false);
    guest.push(null);
    await done;
  });
});
