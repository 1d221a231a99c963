/** The part of ffi-napi that is used here. */
export interface FfiNapi {
  readonly FFI_TYPES: Readonly<Record<string, Buffer | undefined>>;
  readonly types: { readonly void: RefType };
  readonly DynamicLibrary: {
    (name: string, mode: number): DynamicLibrary;
    readonly FLAGS: { readonly RTLD_NOW: number };
  };
  ForeignFunction(pointer: Buffer, result: RefType, args: readonly RefType[]): FfiNapiFunction;
  Callback(result: RefType, args: readonly RefType[], listener: (...args: unknown[]) => unknown): Buffer;
  errno(): number;
}

/** A type as ref-napi has them: how many bytes, and how to read and write them. */
export interface RefType {
  readonly name?: string;
  readonly size: number;
  readonly alignment?: number;
  readonly indirection: number;
  readonly ffi_type?: Buffer | undefined;
  get(buffer: Buffer, offset: number): unknown;
  set(buffer: Buffer, offset: number, value: never): void;
}

/** A library loaded by ffi-napi. */
export interface DynamicLibrary {
  get(symbol: string): Buffer;
}

/** A function bound by ffi-napi. */
export interface FfiNapiFunction {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

/** A Buffer with what ref-napi adds to all of them. */
export interface RefBuffer extends Buffer {
  hexAddress(): string;
}
