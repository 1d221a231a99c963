import type { Plugin } from '../contract/plugin.js';
import { XenImageError } from '../errors.js';

/** Something registered, with the plugin it came from. */
export interface Registered<T> {
  readonly value: T;
  readonly plugin: Plugin;
  /** The plugin whose registration it took over. */
  readonly replaced?: string;
}

/** What can be registered, for messages. */
export type RegistryKind = 'handler' | 'port' | 'dialect' | 'profile' | 'action kind';

const CODES: Readonly<Record<RegistryKind, string>> = {
  handler: 'HANDLER_DUPLICATE',
  port: 'PORT_DUPLICATE',
  dialect: 'DIALECT_DUPLICATE',
  profile: 'PROFILE_DUPLICATE',
  'action kind': 'ACTION_KIND_DUPLICATE',
};

/** Named registrations of one kind; a name is taken over only by a plugin that says whose it replaces. */
export class Table<T> {
  readonly #entries = new Map<string | symbol, Registered<T>>();

  constructor(private readonly kind: RegistryKind) {}

  /**
   * Registers under a name.
   *
   * @throws XenImageError with a `…_DUPLICATE` code where the name is taken and `replaces` does not name its holder;
   * `REPLACES_NOTHING` where it names a plugin that does not hold the name
   */
  add(key: string | symbol, label: string, value: T, plugin: Plugin, replaces: string | undefined): void {
    const present = this.#entries.get(key);
    if (present !== undefined && replaces !== present.plugin.name) {
      throw new XenImageError(
        CODES[this.kind],
        `plugin ${plugin.name} registers ${this.kind} ${label}, which plugin ${present.plugin.name} already has`,
        {
          phase: 'config',
          hint: `To take it over, register it with replaces: '${present.plugin.name}'.`,
          data: { plugin: plugin.name, holder: present.plugin.name, kind: this.kind, label },
        },
      );
    }
    if (present === undefined && replaces !== undefined) {
      throw new XenImageError(
        'REPLACES_NOTHING',
        `plugin ${plugin.name} wants to replace ${this.kind} ${label} of ${replaces}, which is not registered`,
        { phase: 'config', hint: `List plugin ${replaces} before ${plugin.name}.` },
      );
    }
    this.#entries.set(key, { value, plugin, ...(present === undefined ? {} : { replaced: present.plugin.name }) });
  }

  /** What is registered now; {@link Table.restore} goes back to it. */
  snapshot(): ReadonlyMap<string | symbol, Registered<T>> {
    return new Map(this.#entries);
  }

  /** Forgets what was registered since a snapshot was taken. */
  restore(snapshot: ReadonlyMap<string | symbol, Registered<T>>): void {
    this.#entries.clear();
    for (const [key, entry] of snapshot) this.#entries.set(key, entry);
  }

  get(key: string | symbol): Registered<T> | undefined {
    return this.#entries.get(key);
  }

  entries(): IterableIterator<[string | symbol, Registered<T>]> {
    return this.#entries.entries();
  }

  names(): string[] {
    return [...this.#entries.keys()].filter((key) => typeof key === 'string');
  }
}
