import type { Places, Source } from './host.js';
import type { When } from './steps.js';

/** The port's name in its calls, and the names of its methods. */
export type Methods = Readonly<Record<string, readonly string[]>>;

/** What a process that is to be killed does. */
export interface Task {
  readonly does: 'create' | 'destroy';
  readonly source: Source;
  readonly places: Places;
  /** Of the hypervisor's ports, whose calls are carried out by whoever asked for this. */
  readonly methods: Methods;
}

/** What the process asks for: a call of the simulated hypervisor, or to go on after a step of its own. */
export type Question =
  | { readonly id: number; readonly call: string; readonly args: readonly unknown[] }
  | { readonly id: number; readonly when: When; readonly step: string };

/** What it is answered. An error is told by what {@link XenImageError.toJSON} leaves of it. */
export type Reply = { readonly id: number } & (
  | { readonly answer: unknown }
  | { readonly error: { readonly code: string; readonly message: string; readonly errno?: string | undefined } }
);
