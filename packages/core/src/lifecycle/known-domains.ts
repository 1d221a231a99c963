import type { DomainChanges, DomainIdentity, Domains } from '../contract/ports/domains.js';
import type { XenStore } from '../contract/ports/xenstore.js';
import { KeyIndex } from './key-index.js';

/** A domain that was seen. Its name is what xenstore said last; none for one that dies. */
interface Known extends DomainIdentity {
  name: string | undefined;
}

/**
 * What a long-running toolstack remembers of the domains of all toolstacks: who has which uuid and which name.
 *
 * Each look brings it up to date: with what has changed where the port to the hypervisor tells it, else with a list of all. What it is
 * asked for then costs the same whether ten run or thousands. It takes some 300 bytes for each domain.
 */
export class KnownDomains {
  readonly #byDomid = new Map<number, Known>();
  readonly #byUuid = new KeyIndex<Known>();
  readonly #byName = new KeyIndex<Known>();
  /** Those that live and had no name when xenstore was last asked. */
  readonly #unnamed = new Set<Known>();
  #mark: object | undefined;
  #looks = 0;
  /** The look that was taken in last, by when it began. */
  #taken = 0;

  /**
   * Looks at the domains that there are now. Looks may overlap: one that began before another is not taken in after it, and one that
   * was answered from a mark that is no longer the last is made again.
   */
  async look(domains: Domains): Promise<void> {
    for (;;) {
      const look = (this.#looks += 1);
      const since = this.#mark;
      const changes = await (domains.changes?.(since) ?? domains.list());
      if (look < this.#taken) return;
      // What came since the mark and was taken in by another look may be gone again: only that look's mark tells.
      if ('mark' in changes && !changes.complete && since !== this.#mark) continue;
      this.#taken = look;
      if ('mark' in changes) this.#apply(changes);
      else this.#compare(changes);
      return;
    }
  }

  /** Domains of a uuid at the last look, those that die included. */
  withUuid(uuid: string): readonly DomainIdentity[] {
    return this.#byUuid.get(uuid);
  }

  /**
   * The live domain of a name at the last look, if any.
   *
   * Names not yet known are read in one pipelined batch; that of a domain remembered by the very name is read again,
   * since another toolstack may have renamed it. A rename the other way round, of one that is remembered by another
   * name, is not seen.
   */
  async named(store: XenStore, name: string): Promise<DomainIdentity | undefined> {
    const asked = [...this.#byName.get(name), ...this.#unnamed];
    const names = await Promise.all(asked.map(({ domid }) => store.read(`/local/domain/${domid}/name`)));
    asked.forEach((known, index) => {
      // Another look may have found it gone meanwhile.
      if (this.#byDomid.get(known.domid) === known) this.#rename(known, names[index]);
    });
    return asked.find((_, index) => names[index] === name);
  }

  #apply({ mark, complete, domains, gone }: DomainChanges): void {
    this.#mark = mark;
    if (complete) {
      this.#compare(domains);
      return;
    }
    for (const domid of gone) this.#forget(domid);
    for (const domain of domains) this.#remember(domain);
  }

  #compare(all: readonly DomainIdentity[]): void {
    // Most are known, and thousands may run: nothing is made for them.
    for (const domain of all) {
      const known = this.#byDomid.get(domain.domid);
      if (known?.uuid !== domain.uuid || known.dying !== domain.dying) this.#remember(domain);
    }
    if (this.#byDomid.size === all.length) return;
    const there = new Set(all.map(({ domid }) => domid));
    for (const domid of [...this.#byDomid.keys()]) if (!there.has(domid)) this.#forget(domid);
  }

  #remember({ domid, uuid, dying }: DomainIdentity): void {
    this.#forget(domid);
    const known: Known = { domid, uuid, dying, name: undefined };
    this.#byDomid.set(domid, known);
    this.#byUuid.add(uuid, known);
    if (!dying) this.#unnamed.add(known);
  }

  #forget(domid: number): void {
    const known = this.#byDomid.get(domid);
    if (known === undefined) return;
    this.#byDomid.delete(domid);
    this.#byUuid.remove(known.uuid, known);
    if (known.name !== undefined) this.#byName.remove(known.name, known);
    this.#unnamed.delete(known);
  }

  #rename(known: Known, name: string | undefined): void {
    if (known.name === name) return;
    if (known.name === undefined) this.#unnamed.delete(known);
    else this.#byName.remove(known.name, known);
    known.name = name;
    if (name === undefined) this.#unnamed.add(known);
    else this.#byName.add(name, known);
  }
}
