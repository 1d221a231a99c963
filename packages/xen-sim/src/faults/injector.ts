import { setTimeout as sleep } from 'node:timers/promises';
import { XenImageError } from '@xen-image/core';
import createDebug from 'debug';
import { faultError } from './errors.js';
import type { Fault, FaultEffect, PortCall } from './fault.js';

/** `DEBUG=xen-image:sim` shows the calls of the ports, and what came of those that fail. */
const log = createDebug('xen-image:sim');

interface Armed {
  readonly fault: Fault;
  /** Matching calls so far. */
  seen: number;
}

/** Injects faults into calls of ports, and counts the calls. */
export class FaultInjector {
  readonly #armed = new Set<Armed>();
  #recorded: PortCall[] | undefined;
  #count = 0;

  /** Calls so far. */
  get count(): number {
    return this.#count;
  }

  /**
   * Arms faults. Where several befall one call, the one injected first does.
   *
   * @returns what disarms them
   */
  inject(...faults: readonly Fault[]): () => void {
    const armed = faults.map((fault): Armed => ({ fault, seen: 0 }));
    for (const one of armed) this.#armed.add(one);
    return () => {
      for (const one of armed) this.#armed.delete(one);
    };
  }

  /** Disarms all faults and ends recording. */
  clear(): void {
    this.#armed.clear();
    this.#recorded = undefined;
  }

  /** Keeps the calls that are made from now on, in the list answered. */
  record(): readonly PortCall[] {
    this.#recorded = [];
    return this.#recorded;
  }

  /** Carries a call out, or does to it what a fault says. */
  async through<T>(name: string, args: readonly unknown[], carryOut: () => Promise<T>): Promise<T> {
    this.#count += 1;
    const call: PortCall = { number: this.#count, call: name, args };
    this.#recorded?.push(call);
    const effect = this.#effectOn(name);
    const answer = effect === undefined ? carryOut() : suffer(call, effect, carryOut);
    return log.enabled ? logged(call, answer) : answer;
  }

  #effectOn(name: string): FaultEffect | undefined {
    let effect: FaultEffect | undefined;
    for (const armed of this.#armed) {
      const { fault } = armed;
      if (fault.call !== undefined && fault.call !== name) continue;
      armed.seen += 1;
      const first = fault.nth ?? 1;
      const last = first + (fault.times ?? 1) - 1;
      if (armed.seen >= last) this.#armed.delete(armed);
      if (effect === undefined && armed.seen >= first && armed.seen <= last) effect = fault;
    }
    return effect;
  }
}

/** Arguments are not shown: they may hold what nobody else may read. */
async function logged<T>({ number, call }: PortCall, answer: Promise<T>): Promise<T> {
  log('%d %s', number, call);
  try {
    return await answer;
  } catch (error) {
    log('%d %s: %s', number, call, error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function suffer<T>(call: PortCall, effect: FaultEffect, carryOut: () => Promise<T>): Promise<T> {
  const { args } = call;
  await effect.before?.(call);
  if (effect.delayMs !== undefined) await sleep(effect.delayMs);
  if (effect.hang === 'before') return untilAborted(args);
  if ('throw' in effect) throw effect.throw;
  if (effect.refuse !== undefined) throw faultError(call.call, effect.refuse, args);
  const answer = await carryOut();
  await effect.after?.(call);
  if (effect.answerLateMs !== undefined) await sleep(effect.answerLateMs);
  if (effect.hang === 'after') return untilAborted(args);
  if (effect.lose !== undefined) throw faultError(call.call, effect.lose, args);
  return answer;
}

function untilAborted(args: readonly unknown[]): Promise<never> {
  return new Promise((_, reject) => {
    const signal = args.map(signalOf).find((found) => found !== undefined);
    const end = (): void => {
      reject(new XenImageError('ABORTED', 'the call was aborted', { cause: signal?.reason }));
    };
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

function signalOf(arg: unknown): AbortSignal | undefined {
  if (arg instanceof AbortSignal) return arg;
  const inner = typeof arg === 'object' && arg !== null ? (arg as { signal?: unknown }).signal : undefined;
  return inner instanceof AbortSignal ? inner : undefined;
}
