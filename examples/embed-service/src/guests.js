import { readFile, rename, writeFile } from 'node:fs/promises';
import { Operation, XENSTORE } from '@xen-image/core';

/**
 * The guests of this service, by uuid, kept in a file: after a restart those that still run are its own again, whatever
 * domids they have. Guests of other toolstacks are never touched.
 */
export class Guests {
  #own = new Map();
  #saving = Promise.resolve();

  constructor(toolstack, file) {
    this.toolstack = toolstack;
    this.file = file;
  }

  /** Takes over what an earlier process left: finishes or undoes what it was at, then adopts what runs. */
  async adopt() {
    const recovered = await this.toolstack.recover();
    const kept = JSON.parse(await readFile(this.file, 'utf8').catch(() => '[]'));
    const running = new Set((await this.toolstack.list()).map(({ uuid }) => uuid));
    for (const guest of kept) if (running.has(guest.uuid)) this.#own.set(guest.uuid, guest);
    await this.#save();
    return { recovered, adopted: [...this.#own.values()] };
  }

  /** Before the domain is made, so that none is ever forgotten. */
  async add(guest) {
    this.#own.set(guest.uuid, guest);
    await this.#save();
  }

  async remove(uuid) {
    this.#own.delete(uuid);
    await this.#save();
  }

  /** The service's domains as the hypervisor knows them. */
  async list() {
    return (await this.toolstack.list()).filter(({ uuid }) => this.#own.has(uuid));
  }

  async destroy(name) {
    const found = (await this.list()).find((domain) => domain.name === name);
    if (found === undefined) return undefined;
    const destroyed = await this.toolstack.destroy(found.domid, { uuid: found.uuid });
    await this.remove(found.uuid);
    return destroyed;
  }

  /** Removes guests as they end, until the signal aborts. */
  async watch(signal, log) {
    const operation = new Operation(this.toolstack.registry);
    try {
      for await (const _ of operation.get(XENSTORE).watch('@releaseDomain', { signal })) {
        for (const { domid, uuid, name, shutdownReason } of await this.list()) {
          if (shutdownReason === undefined) continue;
          log.info({ domid, name, shutdownReason }, 'a guest has ended');
          await this.toolstack.destroy(domid, { uuid });
          await this.remove(uuid);
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await operation.close();
    }
  }

  /** One write at a time, each whole: a crash leaves the list as it was before or after. */
  #save() {
    this.#saving = this.#saving.then(async () => {
      const next = `${this.file}.${process.pid}`;
      await writeFile(next, JSON.stringify([...this.#own.values()]));
      await rename(next, this.file);
    });
    return this.#saving;
  }
}
