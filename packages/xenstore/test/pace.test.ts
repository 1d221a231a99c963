import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Pace } from '../src/pace.js';

/** A daemon that takes so long for a reply and has room for 35 of them; a timer that is late. */
function batch(
  pace: Pace,
  clock: { nowMs: number },
  requests: number,
  replyMs: number,
): { pauses: number[]; tookMs: number } {
  const start = clock.nowMs;
  const done = start + requests * replyMs;
  const pauses: number[] = [];
  let pauseMs = pace.sent(requests);
  for (let left = requests; left > 0;) {
    if (pauseMs > 0) pauses.push(pauseMs);
    clock.nowMs = pauseMs > 0 ? clock.nowMs + pauseMs + 0.6 : Math.max(clock.nowMs, done);
    const answered = Math.floor((clock.nowMs - start) / replyMs);
    left = Math.max(requests - answered, left - (pauseMs > 0 ? 35 : left), 0);
    pauseMs = pace.received(left);
  }
  return { pauses, tookMs: clock.nowMs - start };
}

function pacing(): [Pace, { nowMs: number }] {
  const clock = { nowMs: 1000 };
  return [new Pace(() => clock.nowMs), clock];
}

describe('the pace of a daemon', () => {
  it('is not known at first; then most of the time that a batch takes is passed over', () => {
    const [pace, clock] = pacing();
    expect(batch(pace, clock, 30, 1).pauses).toEqual([]);
    expect(batch(pace, clock, 30, 1).pauses[0]).toBe(13);
    const { pauses, tookMs } = batch(pace, clock, 30, 1);
    expect(pauses[0]).toBe(26);
    expect(tookMs).toBeLessThan(31);
  });

  it('is of no account for few requests, or short times', () => {
    const [pace, clock] = pacing();
    batch(pace, clock, 30, 1);
    expect(batch(pace, clock, 7, 10).pauses).toEqual([]);
    const [quick, otherClock] = pacing();
    for (let round = 0; round < 10; round += 1) expect(batch(quick, otherClock, 45, 0.02).pauses).toEqual([]);
  });

  it('is not measured by what comes before its time, as watch events do', () => {
    const [pace, clock] = pacing();
    batch(pace, clock, 30, 1);
    expect(pace.sent(30)).toBe(13);
    clock.nowMs += 1;
    expect(pace.received(30)).toBe(0);
    clock.nowMs += 13;
    expect(pace.received(16)).toBe(13);
  });

  it('is followed in steps where a batch is long', () => {
    const [pace, clock] = pacing();
    batch(pace, clock, 1000, 1);
    const { pauses, tookMs } = batch(pace, clock, 1000, 1);
    expect(Math.max(...pauses)).toBeLessThan(35);
    expect(pauses.length).toBeGreaterThan(28);
    expect(tookMs).toBeLessThan(1010);
  });

  it('is found again when the daemon becomes quick', () => {
    const [pace, clock] = pacing();
    batch(pace, clock, 45, 1);
    batch(pace, clock, 45, 1);
    const pauses = Array.from({ length: 20 }, () => batch(pace, clock, 45, 0.02).pauses.length);
    expect(pauses[0]).toBe(1);
    expect(pauses.filter((count) => count > 0).length).toBeLessThan(14);
    expect(pauses.at(-1)).toBe(0);
  });

  it('costs little time, however it changes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 4000 }), fc.integer({ min: 8, max: 200 }), (microseconds, requests) => {
        const [pace, clock] = pacing();
        const replyMs = microseconds / 1000;
        for (let round = 0; round < 4; round += 1) batch(pace, clock, requests, replyMs);
        const { pauses, tookMs } = batch(pace, clock, requests, replyMs);
        expect(tookMs - requests * replyMs).toBeLessThan(1.6);
        for (const pauseMs of pauses) expect(Number.isInteger(pauseMs) && pauseMs >= 2 && pauseMs <= 50).toBe(true);
      }),
    );
  });
});
