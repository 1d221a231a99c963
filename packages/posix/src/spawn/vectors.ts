const SIZEOF_POINTER = 8;

/** `argv` and `envp` as C has them, in one piece of memory. */
export interface Vectors {
  /** `argv` stands at its beginning. Where it is reachable, all strings are. */
  readonly memory: Buffer;
  /** Where `envp` begins, in bytes. */
  readonly environmentOffset: number;
}

/** Lays out `argv` and `envp`: the pointers of both, a NULL behind each, then the strings, none of which has a NUL. */
export function vectors(
  args: readonly string[],
  environment: readonly string[],
  addressOf: (buffer: Buffer) => bigint,
): Vectors {
  const strings = [...args, ...environment];
  const text = strings.map((string) => `${string}\0`).join('');
  const begin = (strings.length + 2) * SIZEOF_POINTER;
  const memory = Buffer.alloc(begin + Buffer.byteLength(text));
  memory.write(text, begin);
  const address = addressOf(memory);
  let slot = 0;
  let at = begin;
  const point = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      memory.writeBigUInt64LE(address + BigInt(at), slot);
      at = memory.indexOf(0, at) + 1;
      slot += SIZEOF_POINTER;
    }
    // The NULL is there already.
    slot += SIZEOF_POINTER;
  };
  point(args.length);
  const environmentOffset = slot;
  point(environment.length);
  return { memory, environmentOffset };
}
