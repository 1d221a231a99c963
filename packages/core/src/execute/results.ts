import { isJoined, isRef, type Joined, type StoreValue } from '../contract/values.js';
import { XenImageError } from '../errors.js';

/** Results of one domain's actions, by name. */
export class Results {
  readonly #values = new Map<string, unknown>();

  constructor(initial: Readonly<Record<string, unknown>> = {}) {
    for (const name of Object.keys(initial)) this.#values.set(name, initial[name]);
  }

  set(name: string, value: unknown): void {
    this.#values.set(name, value);
  }

  /** A result, or `undefined` where no action has left it. */
  peek(name: string): unknown {
    return this.#values.get(name);
  }

  /**
   * A result.
   *
   * @throws XenImageError `RESULT_MISSING` where no earlier action left it
   */
  get(name: string): unknown {
    const value = this.#values.get(name);
    if (value !== undefined) return value;
    throw new XenImageError('RESULT_MISSING', `no action before this one left the result ${name}`, {
      hint: `An action with as: '${name}' must stand earlier in the plan.`,
    });
  }

  /** The value itself, or the result that a reference names. */
  resolve(value: unknown): unknown {
    return isRef(value) ? this.get(value.ref) : value;
  }

  /** A number where a number is due. Throws a `TypeError` for anything else. */
  number(value: unknown): number {
    const resolved = this.resolve(value);
    if (typeof resolved === 'number') return resolved;
    throw new TypeError(`a number is due, not ${JSON.stringify(resolved)}`);
  }

  /** What a node is told to hold: references resolved, lists joined. */
  storeValue(value: StoreValue): string | number | null {
    if (isJoined(value)) return this.#join(value);
    const resolved = this.resolve(value);
    if (resolved === null || typeof resolved === 'string' || typeof resolved === 'number') return resolved;
    throw new TypeError(`a node holds a text, a number or nothing, not ${JSON.stringify(resolved)}`);
  }

  #join({ join, separator, without }: Joined): string {
    const list = this.get(join.ref);
    if (!Array.isArray(list)) throw new TypeError(`the result ${join.ref} is no list`);
    return list.filter((element) => !without.includes(String(element))).join(separator);
  }
}
