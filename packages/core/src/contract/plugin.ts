import type { InjectionToken } from 'tsyringe';
import type { PluginAction } from './actions.js';
import type { Dialect } from './device-model.js';
import type { ImageHandler } from './handler.js';
import type { Profile } from './profile.js';
import type { Token } from './tokens.js';

/** The version of the plugin contract that this core speaks. */
export const CONTRACT_VERSION = 1;

/** A class that the container constructs: `@injectable()`, each parameter with its own `@inject(TOKEN)`. */
export type HandlerClass = new (...dependencies: never[]) => ImageHandler;

/** Registration of a handler for one pair of arch and image type. */
export interface HandlerRegistration {
  readonly arch: string;
  readonly imageType: string;
  /** Other names of the image type for the same handler: `pv` for `linux`. */
  readonly aliases?: readonly string[];
  /** A stateless value, or an injectable class. */
  readonly handler: ImageHandler | HandlerClass;
  /** Set to take the pair over from the plugin of this name. */
  readonly replaces?: string;
}

/** What a port's factory is given: one operation's scope. */
export interface PortScope {
  /** Another port of the same operation. Throws `PORT_MISSING`. */
  get<T>(token: Token<T>): T;
  /** Runs when the operation is over, the last registered first. */
  onClose(close: () => void | Promise<void>): void;
}

/** Registration of a port. */
export interface PortRegistration<T> {
  readonly token: Token<T>;
  /** Called once for each operation that uses the port. */
  readonly create: (scope: PortScope) => T;
  readonly replaces?: string;
}

/** What an action's executor is given. */
export interface ActionContext {
  readonly domid: number;
  readonly signal: AbortSignal | undefined;
  /** A port of this operation. Throws `PORT_MISSING`. */
  port<T>(token: Token<T>): T;
  /** A result that an earlier action left, or the value itself where it is none. Throws `RESULT_MISSING`. */
  resolve(value: unknown): unknown;
  /** Leaves a result. */
  set(name: string, value: unknown): void;
  /** Pushes what undoes the action; runs when the operation fails or is aborted. */
  undo(name: string, run: () => Promise<void>): void;
}

/** Registration of a kind of action. */
export interface ActionKindRegistration {
  /** `package-ish:name`; the colon keeps it apart from core's kinds. */
  readonly kind: PluginAction['kind'];
  execute(action: PluginAction, context: ActionContext): Promise<void>;
  /** One line for a plan. */
  describe(action: PluginAction): string;
  readonly replaces?: string;
}

/** What a plugin registers with. Each method checks first and throws a coded error that names the plugin. */
export interface PluginContext {
  handler(registration: HandlerRegistration): void;
  port<T>(registration: PortRegistration<T>): void;
  dialect(dialect: Dialect, options?: { readonly replaces?: string }): void;
  profile(profile: Profile, options?: { readonly replaces?: string }): void;
  actionKind(registration: ActionKindRegistration): void;
  /** Any other value that the plugin's own classes inject. */
  value<T>(token: InjectionToken<T>, value: T): void;
}

/** A plugin: what a package contributes. */
export interface Plugin {
  /** The package's name. */
  readonly name: string;
  /** The package's version, for listings. */
  readonly version?: string;
  /** The contract version it was written for. */
  readonly contract: number;
  register(context: PluginContext): void;
}

/** Declares a plugin; gives the literal its type and changes nothing. */
export function definePlugin(plugin: Plugin): Plugin {
  return plugin;
}
