import { createHook } from 'node:async_hooks';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);

/** Modules none of whose functions decides anything. */
const OUTSIDE = ['fs', 'fs/promises', 'child_process', 'net', 'http', 'https', 'dns', 'os', 'worker_threads'] as const;
/** Functions of `crypto` that give chance; hashes are as good as any arithmetic. */
const CHANCE = /^(?:random|getRandomValues|generateKey|generatePrime)/;

type Undo = () => void;

/** Puts a value in place of another, and gives what puts the first back. */
function swap(holder: object, key: string, replacement: (original: unknown) => unknown): Undo | undefined {
  const before = Object.getOwnPropertyDescriptor(holder, key);
  if (before?.configurable !== true || !('value' in before)) return undefined;
  Object.defineProperty(holder, key, { ...before, value: replacement(before.value) });
  return () => {
    Object.defineProperty(holder, key, before);
  };
}

/** The same function, which tells that it was called. */
function telling(name: string, original: unknown, tell: (what: string) => void): unknown {
  if (typeof original !== 'function') return original;
  return new Proxy(original, {
    apply(target, self, args: unknown[]): unknown {
      // `new Date(0)` and `Date.UTC` are arithmetic; a date without arguments is the clock.
      if (!(target === Date && args.length > 0)) tell(name);
      return Reflect.apply(target as () => unknown, self, args) as unknown;
    },
    construct(target, args: unknown[], newTarget): object {
      if (!(target === Date && args.length > 0)) tell(name);
      return Reflect.construct(target as new () => object, args, newTarget) as object;
    },
  });
}

function globals(tell: (what: string) => void): (Undo | undefined)[] {
  const named = (holder: object, prefix: string, key: string): Undo | undefined =>
    swap(holder, key, (original) => telling(`${prefix}${key}`, original, tell));
  const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'fetch'];
  return [
    named(Date, 'Date.', 'now'),
    named(globalThis, '', 'Date'),
    named(Math, 'Math.', 'random'),
    named(Object.getPrototypeOf(performance) as object, 'performance.', 'now'),
    named(Object.getPrototypeOf(crypto) as object, 'crypto.', 'randomUUID'),
    named(Object.getPrototypeOf(crypto) as object, 'crypto.', 'getRandomValues'),
    ...timers.map((key) => named(globalThis, '', key)),
    ...['hrtime', 'uptime', 'cwd', 'memoryUsage', 'exit'].map((key) => named(process, 'process.', key)),
    swap(process, 'env', (env) => {
      const told = (): void => {
        tell('process.env');
      };
      return new Proxy(env as NodeJS.ProcessEnv, {
        get: (target, key) => (told(), Reflect.get(target, key) as unknown),
        has: (target, key) => (told(), Reflect.has(target, key)),
        ownKeys: (target) => (told(), Reflect.ownKeys(target)),
      });
    }),
  ];
}

function modules(tell: (what: string) => void): (Undo | undefined)[] {
  const functionsOf = (name: string, wanted: (key: string) => boolean): (Undo | undefined)[] => {
    const module = require(`node:${name}`) as object;
    return Object.keys(module)
      .filter(wanted)
      .map((key) => swap(module, key, (original) => telling(`${name}.${key}`, original, tell)));
  };
  return [
    ...OUTSIDE.flatMap((name) => functionsOf(name, (key) => /^[a-z]/.test(key))),
    ...functionsOf('crypto', (key) => CHANCE.test(key)),
  ];
}

/**
 * Runs something that must look at nothing but its arguments, and answers what else it looked at: the clock, chance, the
 * environment, files, processes, the network, timers. What it asked for it gets, so that it goes on as it would.
 *
 * Functions of Node's modules are watched where they are called through the module, or by a name imported into a
 * native ES module. Asynchronous work is seen however it is begun.
 */
export function lookedAt(work: () => void): readonly string[] {
  const seen = new Set<string>();
  const tell = (what: string): void => {
    seen.add(what);
  };
  const hook = createHook({
    init(_id, type) {
      if (type !== 'PROMISE' && type !== 'TickObject' && type !== 'RANDOMBYTESREQUEST')
        seen.add(`asynchronous work (${type})`);
    },
  });
  const undo = [...modules(tell), ...globals(tell)];
  syncBuiltinESMExports();
  hook.enable();
  try {
    work();
  } finally {
    hook.disable();
    for (const back of undo.reverse()) back?.();
    syncBuiltinESMExports();
  }
  return [...seen];
}
