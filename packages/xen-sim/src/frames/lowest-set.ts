/** Heap entries beyond twice the members that are kept before the heap is built anew. */
const STALE_ALLOWED = 64;

/** A set of numbers that finds its lowest member in logarithmic time. */
export class LowestSet {
  #members = new Set<number>();
  /** A binary heap of members; deleted ones stay in it until they come to the top. */
  #heap: number[] = [];

  get size(): number {
    return this.#members.size;
  }

  has(value: number): boolean {
    return this.#members.has(value);
  }

  add(value: number): void {
    if (this.#members.has(value)) return;
    this.#members.add(value);
    this.#push(value);
  }

  delete(value: number): boolean {
    const present = this.#members.delete(value);
    if (present && this.#heap.length > 2 * this.#members.size + STALE_ALLOWED) this.#heap = this.sorted();
    return present;
  }

  /** The lowest member; `undefined` where there is none. */
  lowest(): number | undefined {
    for (;;) {
      const top = this.#heap[0];
      if (top === undefined || this.#members.has(top)) return top;
      this.#pop();
    }
  }

  /** All members, ascending. */
  sorted(): number[] {
    return [...this.#members].sort((a, b) => a - b);
  }

  #push(value: number): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as number;
      if (parent <= value) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = value;
  }

  #pop(): void {
    const heap = this.#heap;
    const value = heap.pop() as number;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && (heap[below + 1] as number) < (heap[below] as number)) below += 1;
      if ((heap[below] as number) >= value) break;
      heap[at] = heap[below] as number;
      at = below;
    }
    heap[at] = value;
  }
}
