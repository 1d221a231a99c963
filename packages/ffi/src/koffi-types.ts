/** The part of koffi that is used here, with the types that it has in use. */
export interface Koffi {
  load(name: string): KoffiLibrary;
  address(buffer: Buffer): bigint;
  errno(): number;
  proto(result: string, args: readonly string[]): KoffiType;
  pointer(type: KoffiType): KoffiType;
  register(listener: (...args: unknown[]) => unknown, type: KoffiType): bigint;
  unregister(address: bigint): void;
  readonly node: {
    poll(fd: number, options: { readonly readable?: boolean }, listener: (events: unknown) => void): KoffiPoll;
  };
}

/** An opaque type object of koffi. */
export type KoffiType = object;

/** A library loaded by koffi. */
export interface KoffiLibrary {
  func(name: string, result: string, args: readonly string[]): KoffiFunction;
  symbol(name: string): bigint | null;
}

/** A function bound by koffi. */
export interface KoffiFunction {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

/** koffi's wrapper of `uv_poll_t`. */
export interface KoffiPoll {
  close(): void;
  unref(): void;
}
