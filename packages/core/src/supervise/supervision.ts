import type { SupervisionEvent } from './events.js';

/** A supervision under way: its events, in order, for one reader. Leaving the loop over them ends it. */
export interface Supervision extends AsyncIterableIterator<SupervisionEvent>, AsyncDisposable {
  /** Ends it once what is under way is done. Domains and device models run on. */
  close(): Promise<void>;
}
