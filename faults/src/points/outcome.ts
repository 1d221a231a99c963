/** What became of an operation. `hangs`: it waits for an answer that will never come. */
export type Outcome =
  { readonly what: 'resolved' } | { readonly what: 'rejected'; readonly error: unknown } | { readonly what: 'hangs' };

/** Turns of the event loop after which an operation on a host in memory, which waits for no timer, goes on no more. */
const QUIET_TURNS = 8;

/** One turn of the event loop: whatever can go on has gone on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Waits until an operation is over, or nothing of it goes on any more. */
export async function outcomeOf(work: Promise<unknown>, turns = QUIET_TURNS): Promise<Outcome> {
  const known: Outcome[] = [];
  void work.then(
    () => known.push({ what: 'resolved' }),
    (error: unknown) => known.push({ what: 'rejected', error }),
  );
  for (let past = 0; past < turns && known.length === 0; past += 1) await turn();
  return known[0] ?? { what: 'hangs' };
}
