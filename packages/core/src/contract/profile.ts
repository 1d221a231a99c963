import type { DomainConfig } from '../config/domain-config.js';
import type { Action, ErrorSpec, RecordFacts, Section, Step } from './actions.js';
import type { HandlerSupports } from './handler.js';
import type { HostFacts } from './host-facts.js';
import type { Policy } from './policy.js';

/**
 * A problem found while reading that shows itself only later in the original's sequence: the plan goes as far as
 * `after`, then ends with this error.
 */
export interface Refusal {
  readonly step: Step;
  /** The last section of the step that still runs; `null` to refuse at its very start. */
  readonly after: Section | null;
  readonly error: ErrorSpec;
}

/** Something worth telling the operator that does not stop the plan. */
export interface Finding {
  readonly code: string;
  readonly severity: 'note' | 'warning' | 'error';
  readonly message: string;
  readonly hint?: string;
  readonly position?: { readonly line: number; readonly column: number };
}

/** What reading a configuration gives. */
export interface Reading {
  readonly config: DomainConfig;
  /** Absent where nothing is wrong. A reader that reports problems at once throws instead. */
  readonly refusal?: Refusal;
  readonly findings: readonly Finding[];
}

/** What a text reader is told beside the text. */
export interface TextReaderInput {
  readonly text: string;
  /** The file's name, for messages. */
  readonly file?: string;
  readonly host: HostFacts;
  /** The arch the guest is for; the host's where not given. */
  readonly arch?: string;
  /** The uuid where the text names none; a random one where not given. */
  readonly uuid?: string;
  /** What a bootloader that was run for this guest left; replaces the text's kernel, ramdisk and command line. */
  readonly bootloader?: { readonly kernel: string; readonly ramdisk?: string; readonly commandLine?: string };
  /** Leaves out devices that nothing here sets up a back end for, instead of refusing the guest. */
  readonly withoutDevices?: boolean;
  /** Whether the device model gives up rights; overrules what the text says. */
  readonly restrict?: boolean;
}

/** What a record policy is told beside the facts. */
export interface RecordContext {
  readonly config: DomainConfig;
  readonly supports: HandlerSupports;
}

/** Records that every domain of a profile has beside those its handler asks for, by moment. */
export interface DomainRecords {
  /** Right after the domain exists: the tree that everything else stands in. */
  readonly created: readonly Action[];
  /** Once it is built, before xenstore is told of it. May refer to all results. */
  readonly built: readonly Action[];
  /**
   * Once xenstore knows it: that by which a daemon maps one of its pages, `console/ring-ref` above all. xenconsoled acts on
   * any domain that it has seen, and lets go of a dying one only when xenstore tells of its end, which it does of those that
   * it knows (tools/console/daemon/io.c). May refer to all results.
   */
  readonly introduced: readonly Action[];
  /** Places to be removed when the domain goes. */
  readonly remove: readonly { readonly root: 'vm' | 'domain' | 'device-model' | 'absolute'; readonly path: string }[];
}

/**
 * A way of doing things: how text is read, what figures mean, what is recorded and who may read it, in which dialect
 * the device model is spoken to.
 */
export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly policy: Policy;
  /** The name of the device-model dialect. */
  readonly dialect: string;
  /** Reads a configuration text. Throws coded errors with positions. */
  readText(input: TextReaderInput): Reading;
  /** Turns a handler's facts into store actions; an empty list drops them. */
  records(record: RecordFacts, context: RecordContext): readonly Action[];
  /** The records of every domain. */
  domainRecords(context: RecordContext): DomainRecords;
  /** An error where this profile has no place for such guests. */
  refuses?(arch: string, imageType: string): ErrorSpec | undefined;
}
