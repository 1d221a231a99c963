import 'reflect-metadata';
// The root is empty and stays so: only children of it are ever registered in.
// eslint-disable-next-line no-restricted-imports
import { container as root, injectable, type DependencyContainer, type InjectionToken } from 'tsyringe';
import type { Dialect } from '../contract/device-model.js';
import type { ImageHandler } from '../contract/handler.js';
import type {
  ActionKindRegistration,
  HandlerClass,
  HandlerRegistration,
  Plugin,
  PluginContext,
  PortRegistration,
} from '../contract/plugin.js';
import type { Profile } from '../contract/profile.js';
import { isXenImageError, XenImageError } from '../errors.js';
import { checkContract, checkHandlerShape, checkHandlerValue, checkPluginShape, checkRegistered } from './checks.js';
import { Table, type Registered } from './table.js';

/** A handler with the pair it is registered for and where it came from. */
export interface ResolvedHandler {
  readonly handler: ImageHandler;
  readonly arch: string;
  /** The type's own name, an alias resolved. */
  readonly imageType: string;
  readonly plugin: Plugin;
}

/** A handler as listings show it. */
export interface HandlerListing {
  readonly arch: string;
  readonly imageType: string;
  readonly aliases: readonly string[];
  readonly plugin: string;
  readonly version: string | null;
  /** The plugin it took the pair over from. */
  readonly replaces: string | null;
  readonly supports: ImageHandler['supports'];
}

/**
 * What plugins contribute to one toolstack.
 *
 * It owns a container of its own: a child of an empty root, so that nothing registered here is seen elsewhere.
 */
export class Registry {
  readonly container: DependencyContainer = root.createChildContainer();
  readonly #handlers = new Table<HandlerRegistration>('handler');
  readonly #aliases = new Map<string, string>();
  readonly #instances = new Map<string, ResolvedHandler>();
  readonly ports = new Table<PortRegistration<unknown>>('port');
  readonly dialects = new Table<Dialect>('dialect');
  readonly profiles = new Table<Profile>('profile');
  readonly actionKinds = new Table<ActionKindRegistration>('action kind');
  readonly #plugins: Plugin[] = [];

  get plugins(): readonly Plugin[] {
    return this.#plugins;
  }

  /**
   * Takes a plugin in, wholly or not at all. The checks run in this order: shape, name, contract version, then each
   * registration's own.
   *
   * @throws XenImageError `PLUGIN_SHAPE`, `PLUGIN_DUPLICATE`, `PLUGIN_CONTRACT`, a registration's code, or
   * `PLUGIN_FAILED` with the cause where `register` itself throws something else
   */
  use(plugin: unknown): void {
    checkPluginShape(plugin);
    if (this.#plugins.some((present) => present.name === plugin.name)) {
      throw new XenImageError('PLUGIN_DUPLICATE', `plugin ${plugin.name} is given twice`, { phase: 'config' });
    }
    checkContract(plugin);
    const tables = [this.#handlers, this.ports, this.dialects, this.profiles, this.actionKinds] as Table<unknown>[];
    const before = tables.map((table) => table.snapshot());
    const aliases = new Map(this.#aliases);
    const { context, values, close } = this.#contextFor(plugin);
    const register: (context: PluginContext) => unknown = plugin.register.bind(plugin);
    try {
      checkRegistered(plugin, register(context));
    } catch (error) {
      tables.forEach((table, index) => {
        table.restore(before[index] ?? new Map());
      });
      this.#aliases.clear();
      for (const [alias, key] of aliases) this.#aliases.set(alias, key);
      this.#instances.clear();
      if (isXenImageError(error)) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new XenImageError('PLUGIN_FAILED', `plugin ${plugin.name} failed to register: ${why}`, {
        phase: 'config',
        cause: error,
        data: { plugin: plugin.name },
      });
    } finally {
      close();
    }
    for (const [token, value] of values) this.container.register(token, { useValue: value });
    this.#plugins.push(plugin);
  }

  #contextFor(plugin: Plugin): {
    readonly context: PluginContext;
    readonly values: readonly (readonly [InjectionToken<unknown>, unknown])[];
    readonly close: () => void;
  } {
    const values: [InjectionToken<unknown>, unknown][] = [];
    let closed = false;
    const open = (): void => {
      if (closed) throw new TypeError(`plugin ${plugin.name} registers something after its register has returned`);
    };
    const context: PluginContext = {
      handler: (registration) => {
        open();
        this.#addHandler(plugin, registration);
      },
      port: <T>(registration: PortRegistration<T>) => {
        open();
        const { token } = registration;
        this.ports.add(token, token.description ?? 'without a name', registration, plugin, registration.replaces);
      },
      dialect: (dialect, options) => {
        open();
        this.dialects.add(dialect.name, dialect.name, dialect, plugin, options?.replaces);
      },
      profile: (profile, options) => {
        open();
        this.profiles.add(profile.name, profile.name, profile, plugin, options?.replaces);
      },
      actionKind: (registration) => {
        open();
        this.actionKinds.add(registration.kind, registration.kind, registration, plugin, registration.replaces);
      },
      value: <T>(token: InjectionToken<T>, value: T) => {
        open();
        values.push([token, value]);
      },
    };
    const close = (): void => {
      closed = true;
    };
    return { context, values, close };
  }

  #addHandler(plugin: Plugin, registration: HandlerRegistration): void {
    checkHandlerShape(plugin, registration);
    const { arch, imageType, replaces } = registration;
    const key = pairKey(arch, imageType);
    this.#handlers.add(key, `${arch}/${imageType}`, registration, plugin, replaces);
    this.#instances.delete(key);
    for (const alias of registration.aliases ?? []) this.#aliases.set(pairKey(arch, alias), key);
  }

  /**
   * The handler for an arch and an image type.
   *
   * @throws XenImageError `HANDLER_UNKNOWN`, naming the arch, the type and what is known for that arch;
   * `HANDLER_SHAPE` where a registered class constructs something else
   */
  resolve(arch: string, imageType: string): ResolvedHandler {
    const asked = pairKey(arch, imageType);
    const key = this.#handlers.get(asked) === undefined ? (this.#aliases.get(asked) ?? asked) : asked;
    const present = this.#instances.get(key);
    if (present !== undefined) return present;
    const registered = this.#handlers.get(key);
    if (registered === undefined) throw this.#unknown(arch, imageType);
    const resolved = this.#instantiate(registered);
    this.#instances.set(key, resolved);
    return resolved;
  }

  #instantiate({ value, plugin }: Registered<HandlerRegistration>): ResolvedHandler {
    const { arch, imageType } = value;
    const handler =
      typeof value.handler === 'function' ? this.#construct(value.handler, plugin, arch, imageType) : value.handler;
    return { handler, arch, imageType, plugin };
  }

  #construct(handlerClass: HandlerClass, plugin: Plugin, arch: string, imageType: string): ImageHandler {
    const fail = (why: string, cause?: unknown): never => {
      throw new XenImageError(
        'HANDLER_SHAPE',
        `plugin ${plugin.name} registers a class for ${arch}/${imageType} that cannot be used: ${why}`,
        { phase: 'config', cause, data: { plugin: plugin.name } },
      );
    };
    let handler: unknown;
    try {
      // A class that another copy of core decorated carries its tokens with it, and is unknown to this copy's container.
      injectable()(handlerClass);
      handler = this.container.resolve(handlerClass as InjectionToken<ImageHandler>);
    } catch (error) {
      return fail(error instanceof Error ? error.message : String(error), error);
    }
    checkHandlerValue(handler, fail);
    return handler as ImageHandler;
  }

  #unknown(arch: string, imageType: string): XenImageError {
    const pairs = this.#handlers.names().map((name) => name.split('\0') as [string, string]);
    const types = pairs.filter(([known]) => known === arch).map(([, type]) => type);
    const arches = [...new Set(pairs.map(([known]) => known))];
    const known =
      types.length > 0
        ? `for ${arch} there is ${types.join(', ')}`
        : `no handler is registered for ${arch}; known are ${arches.join(', ') || 'none'}`;
    return new XenImageError('HANDLER_UNKNOWN', `unknown image type: ${imageType} (arch ${arch}; ${known})`, {
      phase: 'plan',
      hint:
        types.length > 0
          ? 'Check the type (or builder) option, or add a plugin that brings this type.'
          : 'Check the arch, or add a plugin that brings it.',
      data: { arch, imageType, knownTypes: types, knownArches: arches },
    });
  }

  /** All handlers, by arch and type. Classes are constructed for it. */
  handlers(): HandlerListing[] {
    return [...this.#handlers.entries()]
      .map(([, { value, plugin, replaced }]) => ({
        arch: value.arch,
        imageType: value.imageType,
        aliases: value.aliases ?? [],
        plugin: plugin.name,
        version: plugin.version ?? null,
        replaces: replaced ?? null,
        supports: this.resolve(value.arch, value.imageType).handler.supports,
      }))
      .sort((a, b) => a.arch.localeCompare(b.arch) || a.imageType.localeCompare(b.imageType));
  }

  /**
   * A profile by name.
   *
   * @throws XenImageError `PROFILE_UNKNOWN`
   */
  profile(name: string): Profile {
    return this.#named(this.profiles, name, 'PROFILE_UNKNOWN', 'profile');
  }

  /**
   * A dialect by name.
   *
   * @throws XenImageError `DIALECT_UNKNOWN`
   */
  dialect(name: string): Dialect {
    return this.#named(this.dialects, name, 'DIALECT_UNKNOWN', 'device-model dialect');
  }

  #named<T>(table: Table<T>, name: string, code: string, what: string): T {
    const found = table.get(name);
    if (found !== undefined) return found.value;
    throw new XenImageError(code, `unknown ${what}: ${name} (known: ${table.names().join(', ') || 'none'})`, {
      phase: 'plan',
      data: { known: table.names() },
    });
  }
}

function pairKey(arch: string, imageType: string): string {
  return `${arch}\0${imageType}`;
}
