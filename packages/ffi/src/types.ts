/**
 * The types of C that a signature is spelled with, on an LP64 host (the only kind a Xen control domain is).
 *
 * | name | in JavaScript, as argument | as result |
 * | --- | --- | --- |
 * | `void` | – | `undefined` |
 * | `bool` | boolean | boolean |
 * | `uint8` `int16` `uint16` `int` `uint32` | number (an integer in range) | number |
 * | `int64` `uint64` `long` `ulong` `size_t` | bigint, or a safe integer | bigint |
 * | `pointer` | Buffer, address as bigint, or null | address as bigint, `0n` for NULL |
 * | `string` | string without NUL, or null; lives until the call is over | string, or null for NULL (copied) |
 *
 * A C enum is `int`; a pointer to anything is `pointer`. An out-parameter is a `pointer` for which the caller passes a
 * Buffer and reads it afterwards.
 */
export type ForeignType =
  | 'void'
  | 'bool'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'long'
  | 'ulong'
  | 'size_t'
  | 'pointer'
  | 'string';

/** The types that an argument can have: all but `void`. */
export type ForeignArgumentType = Exclude<ForeignType, 'void'>;

/** What a pointer argument can be given as. The Buffer is kept alive until the call is over. */
export type PointerValue = Buffer | bigint | null;

/** The JavaScript value of an argument, by its {@link ForeignType}. */
export interface ForeignArgumentOf {
  bool: boolean;
  uint8: number;
  int16: number;
  uint16: number;
  int: number;
  uint32: number;
  int64: bigint | number;
  uint64: bigint | number;
  long: bigint | number;
  ulong: bigint | number;
  size_t: bigint | number;
  pointer: PointerValue;
  string: string | null;
}

/** The JavaScript value of a result, by its {@link ForeignType}. */
export interface ForeignResultOf {
  void: undefined;
  bool: boolean;
  uint8: number;
  int16: number;
  uint16: number;
  int: number;
  uint32: number;
  int64: bigint;
  uint64: bigint;
  long: bigint;
  ulong: bigint;
  size_t: bigint;
  pointer: bigint;
  string: string | null;
}

/** Any value that an argument can be given as. */
export type ForeignArgument = ForeignArgumentOf[ForeignArgumentType];

/** Any value that a call can return. */
export type ForeignResult = ForeignResultOf[ForeignType];

/** The argument values that a list of argument types asks for. */
export type ForeignArguments<A extends readonly ForeignArgumentType[]> = {
  -readonly [K in keyof A]: ForeignArgumentOf[A[K]];
};

/** A C function's prototype. Write it `as const` (or through {@link signature}) so that its calls are typed. */
export interface ForeignSignature<
  R extends ForeignType = ForeignType,
  A extends readonly ForeignArgumentType[] = readonly ForeignArgumentType[],
> {
  /** The symbol's name in the library. */
  readonly name: string;
  readonly result: R;
  readonly args: A;
}

/** What a call gave. */
export interface CallOutcome<R = ForeignResult> {
  readonly result: R;
  /**
   * `errno` as it stood when the function returned; `undefined` where the implementation loses it
   * (see {@link ForeignSupports.asyncErrno}). It means something only if the function says that it failed.
   */
  readonly errno: number | undefined;
}

/** A function of a loaded library, ready to call. */
export interface ForeignFunction<
  R extends ForeignType = ForeignType,
  A extends readonly ForeignArgumentType[] = readonly ForeignArgumentType[],
> {
  readonly name: string;
  /**
   * Calls on the event loop's own thread: for what returns at once.
   * @throws TypeError or RangeError for arguments that do not fit the signature, before anything is called.
   */
  call(...args: ForeignArguments<A>): CallOutcome<ForeignResultOf[R]>;
  /**
   * Calls on a thread of libuv's pool; the event loop keeps turning. Calls beyond the bound of
   * {@link ForeignBackend.maxInFlight} wait for a place, in order.
   * @throws (as a rejection) TypeError or RangeError for arguments that do not fit.
   */
  callAsync(...args: ForeignArguments<A>): Promise<CallOutcome<ForeignResultOf[R]>>;
}

/** A loaded shared library. It stays loaded until the process ends: a call may be under way on another thread. */
export interface ForeignLibrary {
  /** The name, of those asked for, under which it was found. */
  readonly name: string;
  /** Whether the library, or one that it was linked with, exports this symbol. */
  has(symbol: string): boolean;
  /**
   * The address of a symbol, as for a pointer to it.
   * @throws XenImageError `SYMBOL_NOT_FOUND`
   */
  address(symbol: string): bigint;
  /**
   * Looks a function up and prepares its calls.
   * @throws XenImageError `SYMBOL_NOT_FOUND`
   */
  bind<const R extends ForeignType, const A extends readonly ForeignArgumentType[]>(
    signature: ForeignSignature<R, A>,
  ): ForeignFunction<R, A>;
}

/** Memory that is not JavaScript's own. Addresses are not checked: a wrong one ends the process. */
export interface ForeignMemory {
  /** A copy of `length` bytes from `address` on. */
  read(address: bigint, length: number): Buffer;
  /** Copies all of `bytes` to `address`. */
  write(address: bigint, bytes: Buffer): void;
  /** The NUL-terminated UTF-8 text at `address`, at most `maxLength` bytes of it (default 65,536). */
  readString(address: bigint, maxLength?: number): string;
  /** Where a Buffer's bytes are. The caller keeps the Buffer alive for as long as the address is used. */
  addressOf(buffer: Buffer): bigint;
}

/** A JavaScript function that C can call. */
export interface ForeignCallback {
  /** The function pointer. */
  readonly address: bigint;
  /** Frees it; C must not call it any more. A second call does nothing. */
  release(): void;
}

/** A file descriptor watched by the event loop. */
export interface FdWatch {
  /** Ends the watch; the descriptor stays open. A second call does nothing. */
  stop(): void;
}

/** What an implementation can do. The contract tests are chosen by this alone. */
export interface ForeignSupports {
  /** Whether `errno` of a {@link ForeignFunction.callAsync} is known; `undefined` is reported where it is not. */
  readonly asyncErrno: boolean;
  /** Whether 64-bit integers go in and come out whole, as bigint. */
  readonly bigint: boolean;
  /** Whether it may be opened in a worker thread. */
  readonly workers: boolean;
  /** Whether C can call JavaScript: on the same thread, and from a thread of an asynchronous call. */
  readonly callbacks: boolean;
  /** Whether {@link ForeignBackend.watchReadable} exists; koffi's does on the main thread alone. */
  readonly fdWatch: boolean;
}

/** One implementation of foreign calls. */
export interface ForeignBackend {
  /** `koffi` or `ffi-napi`. */
  readonly name: string;
  readonly supports: ForeignSupports;
  /** How many asynchronous calls run at once; one less than libuv's pool has threads, so that files still get one. */
  readonly maxInFlight: number;
  readonly memory: ForeignMemory;
  /**
   * Loads the first of these libraries that can be loaded.
   * @param names - file names for the dynamic loader (`libxenctrl.so.4.17`) or absolute paths
   * @throws XenImageError `LIBRARY_NOT_FOUND` with the loader's word on each name in `said`
   */
  open(names: readonly string[]): ForeignLibrary;
  /**
   * Makes a function pointer of a JavaScript function. Integers and pointers arrive as for results; a value returned
   * must fit `result`. From another thread the call is queued to the event loop and that thread waits: it never
   * returns if the event loop itself waits for that thread.
   */
  callback<const R extends ForeignType, const A extends readonly ForeignArgumentType[]>(
    prototype: Omit<ForeignSignature<R, A>, 'name'>,
    listener: (...args: { -readonly [K in keyof A]: ForeignResultOf[A[K]] }) => ForeignResultOf[R],
  ): ForeignCallback;
  /**
   * Calls `listener` each time the descriptor is readable, until stopped; only where `supports.fdWatch`.
   * Keeps the event loop alive unless `ref` is false.
   */
  watchReadable?(fd: number, listener: () => void, options?: { readonly ref?: boolean }): FdWatch;
}

/** Writes a signature with its exact types: `signature('getpid', 'int', [])`. */
export function signature<const R extends ForeignType, const A extends readonly ForeignArgumentType[]>(
  name: string,
  result: R,
  args: A,
): ForeignSignature<R, A> {
  return { name, result, args };
}
