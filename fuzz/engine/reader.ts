/** Reads decisions out of an input's bytes; beyond its end everything is 0. */
export class InputReader {
  #at = 0;

  constructor(private readonly input: Buffer) {}

  get done(): boolean {
    return this.#at >= this.input.length;
  }

  byte(): number {
    return this.input[this.#at++] ?? 0;
  }

  word(): number {
    return (this.byte() | (this.byte() << 8) | (this.byte() << 16) | (this.byte() << 24)) >>> 0;
  }

  pick<T>(from: readonly T[]): T {
    const found = from[this.byte() % from.length];
    if (found === undefined) throw new TypeError('there is nothing to pick from');
    return found;
  }

  bytes(length: number): Buffer {
    const piece = this.input.subarray(this.#at, this.#at + length);
    this.#at += length;
    return piece;
  }

  /** A piece that says its own length, up to 255 bytes, or up to 16 times as many. */
  piece(): Buffer {
    const length = this.byte();
    return this.bytes(length >= 240 ? (length - 239) * 256 : length);
  }

  text(): string {
    return this.piece().toString();
  }
}
