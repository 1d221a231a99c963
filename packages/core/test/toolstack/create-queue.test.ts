import { setMaxListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { ImagePlan } from '../../src/index.js';
import { HVM, PV, settled, simulated } from '../support/toolstack.js';

/** Plans of so many PV guests. */
async function plansOf(toolstack: ReturnType<typeof simulated>['toolstack'], count: number): Promise<ImagePlan[]> {
  const host = await toolstack.hostFacts();
  const names = Array.from({ length: count }, (_, index) => `g${String(index)}`);
  return Promise.all(names.map((name) => toolstack.plan({ text: PV.replace('web', name) }, { host })));
}

const BIG = { host: { memoryKib: 256 * 1024 * 1024 } };

describe('a thousand creations that are asked for at once', () => {
  it('are carried out so many at a time, in the order in which they were asked for', async () => {
    const { toolstack } = simulated({ ...BIG, creates: { atOnce: 7 } });
    const begun: string[] = [];
    let underWay = 0;
    let most = 0;
    const creates = (await plansOf(toolstack, 1000)).map(async (plan) => {
      let counted = false;
      await toolstack.create(plan, {
        onProgress: ({ step, domain }) => {
          if (step === 'queued' || counted) return;
          counted = true;
          begun.push(domain.name ?? '');
          most = Math.max(most, ++underWay);
        },
      });
      underWay -= 1;
    });
    await Promise.all(creates);
    expect(most).toBe(7);
    expect(begun).toEqual(Array.from({ length: 1000 }, (_, index) => `g${String(index)}`));
    expect(await toolstack.list()).toHaveLength(1001);
  });

  it('can be aborted while they wait, at once and with nothing taken', async () => {
    const host = simulated({ ...BIG, creates: { atOnce: 2 } });
    const { simulator, toolstack } = host;
    const before = await settled(host);
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const queued: string[] = [];
    const creates = (await plansOf(toolstack, 1000)).map((plan) =>
      toolstack.create(plan, {
        signal: controller.signal,
        onProgress: ({ step, domain }) => step === 'queued' && queued.push(domain.name ?? ''),
      }),
    );
    expect(queued).toHaveLength(998);
    controller.abort(new Error('enough'));
    const results = await Promise.allSettled(creates);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(results.at(-1)).toMatchObject({
      reason: { code: 'ABORTED', phase: 'reserve', domain: { name: 'g999' }, cause: { message: 'enough' } },
    });
    expect(await simulator.inspect()).toEqual(before);
  });

  it('leave their place to others when they are aborted', async () => {
    const { toolstack } = simulated({ ...BIG, creates: { atOnce: 1, waiting: 2 } });
    const [first, second, third, fourth] = await plansOf(toolstack, 4);
    const controller = new AbortController();
    const creates = [
      toolstack.create(first as ImagePlan),
      toolstack.create(second as ImagePlan, { signal: controller.signal }),
      toolstack.create(third as ImagePlan),
    ];
    controller.abort();
    creates.push(toolstack.create(fourth as ImagePlan));
    const results = await Promise.allSettled(creates);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });
});

describe('a create beyond those that may wait', () => {
  it('is refused with how many there are, and takes nothing', async () => {
    const { toolstack } = simulated({ ...BIG, creates: { atOnce: 1, waiting: 1 } });
    const results = await Promise.allSettled((await plansOf(toolstack, 3)).map((plan) => toolstack.create(plan)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({
      reason: { code: 'TOOLSTACK_BUSY', domain: { name: 'g2' }, data: { underWay: 1, waiting: 1 } },
    });
    expect((await toolstack.list()).map(({ name }) => name)).not.toContain('g2');
  });
});

describe('a guest that is started again', () => {
  it('has room where no more may wait: it is gone already', async () => {
    const { toolstack } = simulated({ ...BIG, creates: { atOnce: 1, waiting: 0 } });
    const [running, again] = await plansOf(toolstack, 2);
    const results = await Promise.allSettled([
      toolstack.create(running as ImagePlan),
      toolstack.create(again as ImagePlan, { attended: true, restarts: [1] }),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });

  it('goes before new guests that wait', async () => {
    const { toolstack } = simulated({ ...BIG, creates: { atOnce: 1 } });
    const done: string[] = [];
    const [running, waiting, again] = await plansOf(toolstack, 3);
    await Promise.all([
      toolstack.create(running as ImagePlan).then(() => done.push('running')),
      toolstack.create(waiting as ImagePlan).then(() => done.push('new')),
      toolstack.create(again as ImagePlan, { attended: true, restarts: [1] }).then(() => done.push('again')),
    ]);
    expect(done).toEqual(['running', 'again', 'new']);
  });
});

describe('a create whose turn has come', () => {
  it('keeps its place until it is undone, when it is aborted', async () => {
    const host = simulated({ ...BIG, creates: { atOnce: 1 } });
    const { toolstack } = host;
    const controller = new AbortController();
    const order: string[] = [];
    const aborted = toolstack.create(await toolstack.plan({ text: HVM }), {
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'introduce' && controller.abort(),
    });
    const [plan] = await plansOf(toolstack, 1);
    const next = toolstack.create(plan as ImagePlan, {
      onProgress: ({ step }) => step !== 'queued' && order.push('the next begins'),
    });
    await expect(aborted.finally(() => order.push('undone'))).rejects.toMatchObject({ code: 'ABORTED' });
    await next;
    expect(order.indexOf('undone')).toBe(0);
  });

  it('is not begun when it was aborted before it was asked for', async () => {
    const { toolstack } = simulated({ creates: { atOnce: 1 } });
    const [running, plan] = await plansOf(toolstack, 2);
    const under = toolstack.create(running as ImagePlan);
    const signal = AbortSignal.abort();
    await expect(toolstack.create(plan as ImagePlan, { signal })).rejects.toMatchObject({ code: 'ABORTED' });
    await under;
  });
});

describe('limits', () => {
  it.each([{ atOnce: 0 }, { atOnce: 1.5 }, { atOnce: NaN }, { waiting: -1 }])('%j are a TypeError', (creates) => {
    expect(() => simulated({ creates })).toThrow(TypeError);
  });
});
