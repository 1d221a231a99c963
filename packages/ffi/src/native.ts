import type { ForeignArgumentType, ForeignSupports, ForeignType, FdWatch } from './types.js';

/**
 * What an implementation has to bring: machine words in, machine words out. Everything that both share (strings,
 * Buffers, ranges, queueing, errors) is done once, above this.
 *
 * A word is a number for integers up to 32 bits and a bigint for wider ones and for addresses.
 */
export type Word = number | bigint;

/** A type of machine word. */
export type WordType = 'void' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'pointer';

/** A C function that takes and gives words. */
export interface NativeFunction {
  call(words: readonly Word[]): Word | undefined;
  /** `done` is called on the event loop's thread, with `errno` if the implementation still has it. */
  callAsync(
    words: readonly Word[],
    done: (error: unknown, result: Word | undefined, errno: number | undefined) => void,
  ): void;
}

/** A library as an implementation loads it. */
export interface NativeLibrary {
  /** The symbol's address, or undefined. */
  address(symbol: string): bigint | undefined;
  bind(symbol: string, result: WordType, args: readonly WordType[]): NativeFunction;
}

/** An implementation of foreign calls, in words. */
export interface NativeDriver {
  readonly name: string;
  readonly supports: ForeignSupports;
  /** Loads a library. @throws any Error whose message is the loader's. */
  load(name: string): NativeLibrary;
  /** Where a Buffer's bytes are. */
  addressOf(buffer: Buffer): bigint;
  /** `errno` of this thread, as the latest synchronous call left it. */
  errno(): number;
  callback(
    result: WordType,
    args: readonly WordType[],
    listener: (words: readonly Word[]) => Word | undefined,
  ): { readonly address: bigint; release(): void };
  watchReadable?(fd: number, listener: () => void, ref: boolean): FdWatch;
}

const WORDS: Readonly<Record<ForeignType, WordType>> = {
  void: 'void',
  bool: 'uint8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'uint64',
  long: 'int64',
  ulong: 'uint64',
  size_t: 'uint64',
  pointer: 'pointer',
  string: 'pointer',
};

/** The machine word that carries a type of C on LP64. */
export function wordType(type: ForeignType | ForeignArgumentType): WordType {
  return WORDS[type];
}
