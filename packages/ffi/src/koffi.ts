import { isMainThread } from 'node:worker_threads';
import type { Koffi, KoffiLibrary, KoffiPoll } from './koffi-types.js';
import type { FdWatch } from './types.js';
import type { NativeDriver, NativeFunction, NativeLibrary, Word, WordType } from './native.js';

const TYPES: Readonly<Record<WordType, string>> = {
  void: 'void',
  uint8: 'uint8_t',
  int16: 'int16_t',
  uint16: 'uint16_t',
  int32: 'int32_t',
  uint32: 'uint32_t',
  int64: 'int64_t',
  uint64: 'uint64_t',
  pointer: 'void *',
};

/** koffi ends a watch whose handle is collected: this keeps them from that. */
const watched = new Set<KoffiPoll>();

/** What is loaded stays loaded: whoever opens a library again, and binds the same of it, gets what there is. */
const loaded = new Map<string, NativeLibrary>();

/** Loads koffi (https://koffi.dev). @throws what the import throws where koffi is not installed. */
export async function koffiDriver(): Promise<NativeDriver> {
  const { default: koffi } = (await import('koffi')) as unknown as { default: Koffi };
  return {
    name: 'koffi',
    supports: { asyncErrno: true, bigint: true, workers: true, callbacks: true, fdWatch: isMainThread },
    load: (name) => remembered(loaded, name, () => library(koffi, name)),
    addressOf: (buffer) => koffi.address(buffer),
    errno: () => koffi.errno(),
    callback(result, args, listener) {
      const prototype = koffi.proto(
        TYPES[result],
        args.map((type) => TYPES[type]),
      );
      const address = koffi.register(
        (...values: unknown[]) => listener(values.map((value, index) => fromKoffi(args[index] ?? 'void', value) ?? 0)),
        koffi.pointer(prototype),
      );
      let live = true;
      return {
        address,
        release() {
          if (live) koffi.unregister(address);
          live = false;
        },
      };
    },
    // A worker that ends while koffi watches a descriptor for it takes the process with it.
    ...(isMainThread ? { watchReadable: (fd, listener, ref) => watchReadable(koffi, fd, listener, ref) } : {}),
  };
}

function watchReadable(koffi: Koffi, fd: number, listener: () => void, ref: boolean): FdWatch {
  const handle = koffi.node.poll(fd, { readable: true }, () => {
    listener();
  });
  if (!ref) handle.unref();
  watched.add(handle);
  return {
    stop() {
      if (watched.delete(handle)) handle.close();
    },
  };
}

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = make()));
  return found;
}

function library(koffi: Koffi, name: string): NativeLibrary {
  const handle = koffi.load(name);
  const addresses = new Map<string, bigint | undefined>();
  const functions = new Map<string, NativeFunction>();
  return {
    address(symbol) {
      try {
        return remembered(addresses, symbol, () => handle.symbol(symbol) ?? undefined);
      } catch {
        return undefined;
      }
    },
    bind: (symbol, result, args) =>
      remembered(functions, [symbol, result, ...args].join(), () => bind(koffi, handle, symbol, result, args)),
  };
}

function bind(
  koffi: Koffi,
  handle: KoffiLibrary,
  symbol: string,
  result: WordType,
  args: readonly WordType[],
): NativeFunction {
  const native = handle.func(
    symbol,
    TYPES[result],
    args.map((type) => TYPES[type]),
  );
  return {
    call: (words) => fromKoffi(result, native(...words)),
    callAsync(words, done) {
      native.async(...words, (error: unknown, value: unknown) => {
        // First of all: koffi has put the call's errno back for this moment only.
        const errno = koffi.errno();
        done(error ?? undefined, fromKoffi(result, value), errno);
      });
    },
  };
}

/**
 * koffi gives null for NULL, a number for a wide integer that is safe as one, and a callback's unsigned 64-bit
 * arguments as if they were signed.
 */
function fromKoffi(type: WordType, value: unknown): Word | undefined {
  if (type === 'void') return undefined;
  if (value === null || value === undefined) return 0n;
  const word = value as Word;
  if (type === 'pointer' || type === 'uint64') return BigInt.asUintN(64, BigInt(word));
  return type === 'int64' ? BigInt(word) : word;
}
