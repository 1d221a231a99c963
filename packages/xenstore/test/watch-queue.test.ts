import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WatchQueue } from '../src/watch-queue.js';

async function taken(queue: WatchQueue): Promise<string[]> {
  const events: string[] = [];
  while (queue.size > 0) {
    const { value } = await queue.next();
    if (value !== undefined) events.push(`${value.cause} ${value.path}`);
  }
  return events;
}

describe('the queue of a watch', () => {
  it('gives events in order, one a path', async () => {
    const queue = new WatchQueue('/a', 't', 10);
    for (const path of ['/a', '/a/1', '/a/2', '/a/1', '/a']) queue.push(path, 'change');
    expect(await taken(queue)).toEqual(['change /a', 'change /a/1', 'change /a/2']);
    queue.push('/a/1', 'change');
    expect(await taken(queue)).toEqual(['change /a/1']);
  });

  it('gives an event to whom waits for it, in order', async () => {
    const queue = new WatchQueue('/a', 't', 10);
    const waits = [queue.next(), queue.next()];
    queue.push('/a/1', 'change');
    queue.push('/a/1', 'change');
    queue.push('/a/2', 'change');
    expect((await Promise.all(waits)).map(({ value }) => value?.path)).toEqual(['/a/1', '/a/1']);
    expect(queue.size).toBe(1);
  });

  it('that is full forgets all and says so once', async () => {
    const queue = new WatchQueue('/a', 't', 3);
    for (let index = 0; index < 100; index += 1) queue.push(`/a/${index}`, 'change');
    expect(queue.size).toBe(1);
    expect(await queue.next()).toEqual({ done: false, value: { path: '/a', token: 't', cause: 'overflow' } });
    queue.push('/a/7', 'change');
    expect(await taken(queue)).toEqual(['change /a/7']);
  });

  it('never holds more than its capacity and never loses a change without saying so', async () => {
    const step = fc.oneof(fc.nat(30), fc.constant('take' as const));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 100 }), async (capacity, steps) => {
        const queue = new WatchQueue('/a', 't', capacity);
        const unseen = new Set<string>();
        const take = async (): Promise<void> => {
          const { value } = await queue.next();
          if (value?.cause === 'overflow') unseen.clear();
          else unseen.delete(value?.path ?? '');
        };
        for (const what of steps) {
          if (typeof what === 'number') {
            queue.push(`/a/${what}`, 'change');
            unseen.add(`/a/${what}`);
          } else if (queue.size > 0) await take();
          expect(queue.size).toBeLessThanOrEqual(capacity);
        }
        while (queue.size > 0) await take();
        expect([...unseen]).toEqual([]);
      }),
    );
  });

  it('that starts again tells one event', async () => {
    const queue = new WatchQueue('/a', 't', 10);
    queue.push('/a/1', 'change');
    queue.push('/a/2', 'change');
    queue.restart();
    queue.push('/a', 'change');
    expect(await taken(queue)).toEqual(['reconnect /a']);
  });

  it('that ends gives what it has, then its error, then the end', async () => {
    const queue = new WatchQueue('/a', 't', 10);
    queue.push('/a', 'change');
    queue.end(new Error('lost'));
    queue.end(new Error('again'));
    queue.push('/a/1', 'change');
    expect((await queue.next()).value?.path).toBe('/a');
    await expect(queue.next()).rejects.toThrow('lost');
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });

  it('that ends lets all go who wait', async () => {
    const queue = new WatchQueue('/a', 't', 10);
    const waits = Promise.allSettled([queue.next(), queue.next()]);
    queue.end(new Error('lost'));
    expect((await waits).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('that is discarded gives nothing more', async () => {
    const queue = new WatchQueue('/a', 't', 10);
    queue.push('/a', 'change');
    queue.discard();
    expect(await queue.next()).toEqual({ done: true, value: undefined });
  });
});
