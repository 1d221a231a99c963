import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { timeLimit } from '../../src/index.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(signal.reason);
    });
  });

describe('a time limit', () => {
  it('ends the wait though nobody holds it but who waits', async () => {
    const waits = Array.from({ length: 20 }, () => aborted(timeLimit(30, new AbortController().signal).signal));
    for (let index = 0; index < 3; index++) {
      collectGarbage();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await Promise.all(waits)).toMatchObject(waits.map(() => ({ name: 'TimeoutError' })));
  });

  it('is cut short by a signal, with its reason', async () => {
    const controller = new AbortController();
    const { signal, end } = timeLimit(60_000, undefined, controller.signal);
    const reason = aborted(signal);
    controller.abort('enough');
    expect(await reason).toBe('enough');
    end();
  });

  it('is over at once where a signal is', () => {
    const { signal, end } = timeLimit(60_000, AbortSignal.abort('before'));
    expect(signal.reason).toBe('before');
    end();
  });

  it('hears of nothing once it is let go', async () => {
    const controller = new AbortController();
    const { signal, end } = timeLimit(5, controller.signal);
    end();
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 15));
    expect(signal.aborted).toBe(false);
  });
});
