import type { Io } from '../io.js';
import type { Output } from '../output/output.js';
import type { OpenDriver } from '../toolstack/driver.js';

/** What the shell completes a word with. */
export type Completion = 'file' | 'domain' | readonly string[];

/** An argument of a command. */
export interface ArgumentDefinition {
  /** As usage shows it: `FILE`. */
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic?: boolean;
  readonly complete: Completion;
}

/** An option of a command. */
export interface OptionDefinition {
  /** As commander reads them: `--host <file>`. */
  readonly flags: string;
  readonly description: string;
  /** What its value may be; nothing else is taken where `closed`. */
  readonly complete?: Completion;
  readonly closed?: boolean;
}

/** A command of `xen-image`: what help, parser and completion know of it before its code is loaded. */
export interface CommandDefinition {
  readonly name: string;
  readonly summary: string;
  /** What it does, in a few sentences. */
  readonly description: string;
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  /** Command lines and what they do. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** Loads its code. */
  readonly load: () => Promise<CommandFunction>;
}

/** One run of a command. */
export interface Invocation {
  readonly io: Io;
  readonly output: Output;
  readonly args: readonly string[];
  /** Options by their long names in camel case. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Where drivers are kept between commands; else each command opens its own. */
  readonly openDriver?: OpenDriver;
}

/** Does what the command is for, and answers the exit code. */
export type CommandFunction = (invocation: Invocation) => Promise<number>;
