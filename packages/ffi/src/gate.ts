/** Lets at most a number of tasks run at once; the others wait in order. */
export interface Gate {
  /** Runs `start` when there is a place. The place is free again when the function handed to `start` is called. */
  enter(start: (leave: () => void) => void): void;
}

/**
 * A gate with `places` places.
 *
 * koffi refuses more than 256 asynchronous calls at once, and each holds a quarter of a megabyte while it waits for
 * one of the few threads of libuv's pool. Waiting here costs a closure.
 */
export function createGate(places: number): Gate {
  const waiting: ((leave: () => void) => void)[] = [];
  let free = places;

  const run = (start: (leave: () => void) => void): void => {
    let left = false;
    start(() => {
      if (left) return;
      left = true;
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else run(next);
    });
  };

  return {
    enter(start) {
      if (free === 0) {
        waiting.push(start);
        return;
      }
      free -= 1;
      run(start);
    },
  };
}

/** The threads of libuv's pool: `UV_THREADPOOL_SIZE`, 4 by default, 1 to 1024. */
export function threadPoolSize(env: Readonly<Record<string, string | undefined>>): number {
  const text = env['UV_THREADPOOL_SIZE'];
  if (text === undefined || text === '') return 4;
  const size = Number.parseInt(text, 10);
  return Number.isNaN(size) || size < 1 ? 1 : Math.min(size, 1024);
}
