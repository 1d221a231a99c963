import { EventEmitter, on } from 'node:events';
import { randomUUID } from 'node:crypto';

/** How many finished operations are remembered. */
const KEPT = 100;

/** Creations under way and those of late, each with everything that was told of it. */
export class Operations {
  #all = new Map();

  /** Begins an operation; `work` is given a signal and what takes events. Its failure is the operation's own. */
  begin(work) {
    const controller = new AbortController();
    const told = new EventEmitter().setMaxListeners(0);
    const operation = { id: randomUUID(), state: 'running', events: [], told, controller };
    const tell = (event, data) => {
      operation.events.push({ event, data });
      told.emit('event');
    };
    operation.done = work(controller.signal, tell).then(
      (result) => this.#end(operation, tell, 'done', result),
      (error) => this.#end(operation, tell, 'failed', error.toJSON?.() ?? { code: 'INTERNAL', message: String(error) }),
    );
    this.#all.set(operation.id, operation);
    return operation;
  }

  #end(operation, tell, state, data) {
    operation.state = state;
    tell(state, data);
    const finished = [...this.#all.values()].filter((one) => one.state !== 'running');
    for (const { id } of finished.slice(0, -KEPT)) this.#all.delete(id);
  }

  get(id) {
    return this.#all.get(id);
  }

  /** Asks all to end, and waits until each has given everything back. */
  async endAll() {
    const running = [...this.#all.values()].filter(({ state }) => state === 'running');
    for (const { controller } of running) controller.abort(new Error('the service is ending'));
    await Promise.all(running.map(({ done }) => done));
  }
}

/** Everything that was and will be told of an operation, up to its end. */
export async function* eventsOf(operation, signal) {
  const news = on(operation.told, 'event', { signal });
  for (let next = 0; ;) {
    while (next < operation.events.length) yield operation.events[next++];
    if (operation.state !== 'running') return;
    await news.next();
  }
}
