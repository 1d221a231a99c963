import { isMainThread } from 'node:worker_threads';
import { XenImageError } from '@xen-image/core';
import type { FfiNapi, RefBuffer, RefType } from './ffi-napi-types.js';
import type { NativeDriver, NativeFunction, NativeLibrary, Word, WordType } from './native.js';

type RefTypes = Readonly<Record<WordType, RefType>>;

/**
 * Loads ffi-napi, under that name (`npm install ffi-napi@npm:@2060.io/ffi-napi`).
 *
 * It loses errno of asynchronous calls, and a process in which it was first loaded by a worker thread crashes at exit:
 * so it is refused there.
 * @throws XenImageError `FFI_NOT_IN_WORKER`; what `require` throws where ffi-napi is not installed.
 */
export function ffiNapiDriver(): NativeDriver {
  if (!isMainThread) {
    throw new XenImageError('FFI_NOT_IN_WORKER', 'ffi-napi cannot be opened in a worker thread', {
      hint: 'open it in the main thread, or use koffi',
    });
  }
  const ffi = requireOnce('ffi-napi') as FfiNapi;
  const types = refTypes(ffi);
  return {
    name: 'ffi-napi',
    supports: { asyncErrno: false, bigint: true, workers: false, callbacks: true, fdWatch: false },
    load: (name) => library(ffi, types, name),
    addressOf,
    errno: () => ffi.errno(),
    callback(result, args, listener) {
      // The closure is freed when this Buffer is collected; the reference is what keeps it.
      let held: Buffer | undefined = ffi.Callback(
        types[result],
        args.map((type) => types[type]),
        (...words: unknown[]) => listener(words as Word[]),
      );
      const address = addressOf(held);
      return {
        get address() {
          return held === undefined ? 0n : address;
        },
        release() {
          held = undefined;
        },
      };
    },
  };
}

/**
 * Requires a package through Node's own module cache. A process survives only one instance of ffi-napi: a second one frees
 * a handle that the event loop still has, and test runners that give each file its own module registry make a second.
 */
function requireOnce(name: string): unknown {
  return process.getBuiltinModule('node:module').createRequire(import.meta.url)(name);
}

function library(ffi: FfiNapi, types: RefTypes, name: string): NativeLibrary {
  const handle = ffi.DynamicLibrary(name, ffi.DynamicLibrary.FLAGS.RTLD_NOW);
  return {
    address(symbol) {
      try {
        return addressOf(handle.get(symbol));
      } catch {
        return undefined;
      }
    },
    bind(symbol, result, args): NativeFunction {
      const native = ffi.ForeignFunction(
        handle.get(symbol),
        types[result],
        args.map((type) => types[type]),
      );
      return {
        call: (words) => native(...words) as Word | undefined,
        callAsync(words, done) {
          native.async(...words, (error: unknown, value: unknown) => {
            done(error ?? undefined, value as Word | undefined, undefined);
          });
        },
      };
    },
  };
}

function addressOf(buffer: Buffer): bigint {
  return BigInt(`0x${(buffer as RefBuffer).hexAddress()}`);
}

/**
 * Types of our own: ref-napi's refuse bigint, round 64-bit results to numbers, and make Buffers of pointers. These read
 * and write the words as they are. Every host that Xen runs on is little-endian.
 */
function refTypes(ffi: FfiNapi): RefTypes {
  const type = <W extends Word>(
    name: string,
    size: number,
    get: (buffer: Buffer, offset: number) => W,
    set: (buffer: Buffer, offset: number, value: W) => void,
  ): RefType => ({ name, size, alignment: size, indirection: 1, ffi_type: ffi.FFI_TYPES[name], get, set });
  const getUint64 = (buffer: Buffer, offset: number): bigint => buffer.readBigUInt64LE(offset);
  const setUint64 = (buffer: Buffer, offset: number, value: bigint): void => {
    buffer.writeBigUInt64LE(value, offset);
  };
  return {
    void: ffi.types.void,
    uint8: type(
      'uint8',
      1,
      (b, at) => b.readUInt8(at),
      (b, at, v: number) => b.writeUInt8(v, at),
    ),
    int16: type(
      'int16',
      2,
      (b, at) => b.readInt16LE(at),
      (b, at, v: number) => b.writeInt16LE(v, at),
    ),
    uint16: type(
      'uint16',
      2,
      (b, at) => b.readUInt16LE(at),
      (b, at, v: number) => b.writeUInt16LE(v, at),
    ),
    int32: type(
      'int32',
      4,
      (b, at) => b.readInt32LE(at),
      (b, at, v: number) => b.writeInt32LE(v, at),
    ),
    uint32: type(
      'uint32',
      4,
      (b, at) => b.readUInt32LE(at),
      (b, at, v: number) => b.writeUInt32LE(v, at),
    ),
    int64: type(
      'int64',
      8,
      (b, at) => b.readBigInt64LE(at),
      (b, at, v: bigint) => b.writeBigInt64LE(v, at),
    ),
    uint64: type('uint64', 8, getUint64, setUint64),
    pointer: type('pointer', 8, getUint64, setUint64),
  };
}
