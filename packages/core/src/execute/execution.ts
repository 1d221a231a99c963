import type { Token } from '../contract/tokens.js';
import type { ActionKindRegistration } from '../contract/plugin.js';
import type { DomainRef, Phase } from '../errors.js';
import type { PendingWrites } from './pending-writes.js';
import type { Results } from './results.js';
import type { UndoStack } from './undo.js';

/** A message of progress. */
export interface Progress {
  readonly phase: Phase;
  /** The action or lifecycle step that begins, in a few words. */
  readonly step: string;
  /** From 0 to 1 over the whole operation, where it is known. */
  readonly fraction?: number;
  readonly domain: DomainRef;
}

/** Everything the executor works with for one domain. */
export interface Execution {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string;
  readonly results: Results;
  readonly undo: UndoStack;
  readonly signal?: AbortSignal | undefined;
  /** When checks are made: before a list's other actions, in their place, or not again, as all are made already. */
  readonly checks: 'first' | 'in-order' | 'made';
  /** Makes a request to the store of each write, for who counts them; else writes that follow each other are one. */
  readonly separateWrites?: boolean;
  /** Where writes to the store may be under way while hypervisor calls are made; else each is waited for. */
  readonly writes?: PendingWrites;
  readonly port: <T>(token: Token<T>) => T;
  readonly actionKind: (kind: string) => ActionKindRegistration | undefined;
  readonly warn: (code: string, message: string) => void;
  /** Called before each action. */
  readonly onAction?: (phase: Phase, kind: string) => void;
}
