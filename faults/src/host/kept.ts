import type { KeptDomain, KeptDomains } from '@xen-image/core';

/** What is kept of domains, in memory, and as a process sees it: nothing of it is carried out once the process is gone. */
export class KeptInMemory {
  readonly domains = new Map<string, string>();
  readonly #locks = new Map<string, object>();
  #process = {};

  /** Rights that are held, and whether by a process that lives. */
  get locks(): readonly string[] {
    return [...this.#locks].filter(([, holder]) => holder === this.#process).map(([right]) => right);
  }

  /** The process is gone, and its locks with it. */
  crash(): void {
    this.#process = {};
  }

  /** The port of the present process. */
  port(): KeptDomains {
    const own = this.#process;
    const act = async <T>(work: () => T): Promise<T> => {
      if (own !== this.#process) await new Promise<never>(() => undefined);
      return work();
    };
    return {
      keep: (domain) => act(() => void this.domains.set(domain.uuid, JSON.stringify(domain))),
      read: (uuid) => act(() => parsed(this.domains.get(uuid))),
      forget: (uuid) => act(() => void this.domains.delete(uuid)),
      list: () => act(() => [...this.domains.values()].map((text) => JSON.parse(text) as KeptDomain)),
      tryLock: (right) =>
        act(() => {
          if (this.#locks.get(right) === this.#process) return undefined;
          this.#locks.set(right, own);
          return {
            release: () =>
              act(() => {
                if (this.#locks.get(right) === own) this.#locks.delete(right);
              }),
          };
        }),
    };
  }
}

function parsed(text: string | undefined): KeptDomain | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as KeptDomain);
}
