import { randomUUID } from 'node:crypto';
import type { Journal, JournalEntry, OpenJournalEntry } from '@xen-image/core';
import type { Owners } from '../ports/owners.js';
import type { Session } from '../ports/session.js';

/** The journal, kept with the machine: in memory, or in its file. An entry's owner is the session that opened it. */
export function journalPort(session: Session, owners: Owners): Journal {
  return {
    async open(begun) {
      const id = randomUUID();
      await session.write(({ journal, bootId }) => {
        journal.set(id, { entry: { id, bootId, ...begun, pending: [] }, owner: session.owner });
      });
      return openEntry(session, id);
    },
    list: () =>
      session.read(({ journal, bootId }) =>
        [...journal.values()].map(({ entry }) => entry).filter((entry) => entry.bootId === bootId),
      ),
    abandoned: () =>
      session.write(({ journal, bootId }) => {
        const found: { record: JournalEntry; entry: OpenJournalEntry }[] = [];
        for (const [id, record] of journal) {
          if (record.owner !== null && owners.isAlive(record.owner)) continue;
          if (record.entry.bootId !== bootId) {
            journal.delete(id);
            continue;
          }
          record.owner = session.owner;
          found.push({ record: record.entry, entry: openEntry(session, id) });
        }
        return found;
      }),
  };
}

function openEntry(session: Session, id: string): OpenJournalEntry {
  let over = false;
  const end = (): void => {
    if (over) throw new TypeError(`journal entry ${id} is closed`);
    over = true;
  };
  return {
    async update(change) {
      if (over) throw new TypeError(`journal entry ${id} is closed`);
      await session.write(({ journal }) => {
        const record = journal.get(id);
        if (record === undefined) throw new TypeError(`journal entry ${id} is gone`);
        record.entry = { ...record.entry, ...change };
      });
    },
    async close() {
      end();
      await session.write(({ journal }) => {
        journal.delete(id);
      });
    },
    async leave() {
      end();
      await session.write(({ journal }) => {
        const record = journal.get(id);
        if (record !== undefined) record.owner = null;
      });
    },
  };
}
