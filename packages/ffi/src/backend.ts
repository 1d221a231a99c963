import { XenImageError } from '@xen-image/core';
import { createGate, type Gate } from './gate.js';
import { callbackWord, marshalArguments, unmarshalResult } from './marshal.js';
import { createMemory } from './memory.js';
import { wordType, type NativeDriver, type NativeLibrary } from './native.js';
import type {
  CallOutcome,
  ForeignArgument,
  ForeignArgumentType,
  ForeignBackend,
  ForeignFunction,
  ForeignLibrary,
  ForeignMemory,
  ForeignSignature,
  ForeignType,
} from './types.js';

/** glibc; then musl, which answers to this name. */
const LIBC_NAMES = ['libc.so.6', 'libc.so'];

interface Shared {
  readonly driver: NativeDriver;
  readonly gate: Gate;
  /** Made at first use: it binds functions of libc itself. */
  memory(): ForeignMemory;
}

/**
 * Makes the public face of a driver.
 * @param maxInFlight - asynchronous calls at once, 1 or more
 */
export function createBackend(driver: NativeDriver, maxInFlight: number): ForeignBackend {
  let memory: ForeignMemory | undefined;
  const shared: Shared = {
    driver,
    gate: createGate(maxInFlight),
    memory: () => (memory ??= createMemory(open(LIBC_NAMES), (buffer) => driver.addressOf(buffer))),
  };
  const open = (names: readonly string[]): ForeignLibrary => openLibrary(shared, names);
  return {
    name: driver.name,
    supports: driver.supports,
    maxInFlight,
    get memory() {
      return shared.memory();
    },
    open,
    callback(prototype, listener) {
      const { result, args } = prototype;
      if (result === 'string') throw new TypeError('a callback cannot return a string');
      return driver.callback(wordType(result), args.map(wordType), (words) => {
        const values = args.map((type, index) => unmarshalResult(type, words[index], readString(shared)));
        return callbackWord(result, listener(...(values as never)));
      });
    },
    ...(driver.watchReadable === undefined
      ? {}
      : { watchReadable: (fd, listener, options) => watchReadable(driver, fd, listener, options?.ref ?? true) }),
  };
}

function watchReadable(driver: NativeDriver, fd: number, listener: () => void, ref: boolean) {
  if (driver.watchReadable === undefined) throw new TypeError(`${driver.name} cannot watch descriptors`);
  return driver.watchReadable(fd, listener, ref);
}

function readString(shared: Shared): (address: bigint) => string {
  return (address) => shared.memory().readString(address);
}

function openLibrary(shared: Shared, names: readonly string[]): ForeignLibrary {
  const said: string[] = [];
  for (const name of names) {
    try {
      return foreignLibrary(shared, name, shared.driver.load(name));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      said.push(reason.includes(name) ? reason : `${name}: ${reason}`);
    }
  }
  throw new XenImageError('LIBRARY_NOT_FOUND', `none of these libraries could be loaded: ${names.join(', ')}`, {
    call: 'dlopen',
    said,
    data: { names: [...names] },
    hint: 'install the package that has it, or name its directory in LD_LIBRARY_PATH',
  });
}

function foreignLibrary(shared: Shared, name: string, native: NativeLibrary): ForeignLibrary {
  const address = (symbol: string): bigint => {
    const found = native.address(symbol);
    if (found !== undefined) return found;
    throw new XenImageError('SYMBOL_NOT_FOUND', `${name} has no ${symbol}`, {
      call: symbol,
      data: { library: name, symbol },
    });
  };
  return {
    name,
    has: (symbol) => native.address(symbol) !== undefined,
    address,
    bind<const R extends ForeignType, const A extends readonly ForeignArgumentType[]>(of: ForeignSignature<R, A>) {
      address(of.name);
      return foreignFunction(shared, native, of) as unknown as ForeignFunction<R, A>;
    },
  };
}

function foreignFunction(shared: Shared, native: NativeLibrary, of: ForeignSignature) {
  const bound = native.bind(of.name, wordType(of.result), of.args.map(wordType));
  const marshal = (values: readonly ForeignArgument[]) =>
    marshalArguments(of.name, of.args, values, (buffer) => shared.driver.addressOf(buffer));

  return {
    name: of.name,
    call(...values: ForeignArgument[]): CallOutcome {
      const { words, keep } = marshal(values);
      const word = bound.call(words);
      const errno = shared.driver.errno();
      const result = unmarshalResult(of.result, word, readString(shared));
      holdUntilHere(keep);
      return { result, errno };
    },
    callAsync(...values: ForeignArgument[]): Promise<CallOutcome> {
      return new Promise((resolve, reject) => {
        const { words, keep } = marshal(values);
        shared.gate.enter((leave) => {
          try {
            bound.callAsync(words, (error, word, errno) => {
              leave();
              holdUntilHere(keep);
              if (error !== undefined) {
                reject(asError(error, of.name));
                return;
              }
              resolve({ result: unmarshalResult(of.result, word, readString(shared)), errno });
            });
          } catch (error) {
            leave();
            reject(asError(error, of.name));
          }
        });
      });
    },
  };
}

function asError(error: unknown, name: string): Error {
  return error instanceof Error ? error : new Error(`${name}: the call could not be made`, { cause: error });
}

/** A use that the garbage collector must respect: C held addresses into these Buffers until now. */
function holdUntilHere(keep: readonly Buffer[]): void {
  if (keep.length < 0) throw new Error('unreachable');
}
