import type { FaultInjector } from './injector.js';

type Method = (...args: unknown[]) => unknown;

/** What stands between a call and whoever made it. */
export interface CallPath {
  readonly injector: FaultInjector;
  /** Hands answers on to the caller, as long as there is one; they are handed on as they are where not given. */
  readonly process?: { answered<T>(answer: Promise<T>): Promise<T> };
}

/** Methods that are no calls: they answer at once and cannot fail. */
const NO_CALLS = ['Host.warn'];
/** Answers whose own methods are calls too, named by what makes them: the port, or the port and the method. */
const ANSWERS: Readonly<Record<string, string>> = {
  'Journal.open': 'Journal',
  'Posix.tryLock': 'Posix',
  'KeptDomains.tryLock': 'KeptDomains',
};

/**
 * A port whose calls pass through an injector. Calls within a transaction, and those of journal entries and locks
 * that the port hands out, pass through it too.
 *
 * It works for the ports of any driver: `withFaults('Acme', port, { injector: new FaultInjector() })`.
 */
export function withFaults<T extends object>(name: string, port: T, path: CallPath): T {
  const wrapped: Record<string, unknown> = {};
  for (const [method, value] of methodsOf(port)) {
    const call = `${name}.${method}`;
    if (NO_CALLS.includes(call)) wrapped[method] = value.bind(port);
    else if (method === 'watch') wrapped[method] = watchThrough(call, value.bind(port), path);
    else wrapped[method] = callThrough(call, value.bind(port), path);
  }
  return wrapped as T;
}

function callThrough(call: string, method: Method, path: CallPath): Method {
  return (...args) => {
    const answer = path.injector.through(call, args, async () => {
      const own = await method(...args.map((arg) => wrapBody(call, arg, path)));
      return wrapAnswer(call, own, path);
    });
    return path.process?.answered(answer) ?? answer;
  };
}

/** The body of a transaction gets a store whose requests pass through the injector. */
function wrapBody(call: string, arg: unknown, path: CallPath): unknown {
  if (!call.endsWith('.transaction') || typeof arg !== 'function') return arg;
  const body = arg as (store: object) => unknown;
  return (store: object) => body(withFaults(call, store, path));
}

function wrapAnswer(call: string, answer: unknown, path: CallPath): unknown {
  const name = ANSWERS[call];
  if (name !== undefined && typeof answer === 'object' && answer !== null) return withFaults(name, answer, path);
  if (call !== 'Journal.abandoned' || !Array.isArray(answer)) return answer;
  return answer.map((found: { entry: object }) => ({ ...found, entry: withFaults('Journal', found.entry, path) }));
}

/** Setting a watch is the call; events come as they come. */
function watchThrough(call: string, watch: Method, { injector }: CallPath): Method {
  return (...args) => ({
    [Symbol.asyncIterator]() {
      const iterator = (watch(...args) as AsyncIterable<unknown>)[Symbol.asyncIterator]();
      let set = false;
      return {
        next() {
          if (set) return iterator.next();
          set = true;
          return injector.through(call, args, () => iterator.next());
        },
        return: () => iterator.return?.() ?? Promise.resolve({ done: true, value: undefined }),
      };
    },
  });
}

/** Methods of an object literal or of a class's instance. */
function methodsOf(port: object): (readonly [string, Method])[] {
  const names = new Set<string>();
  let at: unknown = port;
  while (typeof at === 'object' && at !== null && at !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(at)) if (name !== 'constructor') names.add(name);
    at = Object.getPrototypeOf(at);
  }
  return [...names].flatMap((name) => {
    const value = (port as Record<string, unknown>)[name];
    return typeof value === 'function' ? [[name, value as Method] as const] : [];
  });
}
