import { describe, expect, it } from '@jest/globals';
import { drive, newHost } from '../support/host.js';

const BEGUN = { operation: 'create', name: 'guest', uuid: '00000000-0000-4000-8000-000000000000' } as const;

describe('the journal', () => {
  it('says what its owner wrote, until that closes it', async () => {
    const { journal } = newHost();
    const entry = await journal.open(BEGUN);
    await entry.update({ domid: 3, pending: ['destroy domain'] });
    expect(await journal.list()).toMatchObject([{ ...BEGUN, domid: 3, pending: ['destroy domain'] }]);
    expect(await journal.abandoned()).toEqual([]);
    await entry.close();
    expect(await journal.list()).toEqual([]);
    await expect(entry.update({ pending: [] })).rejects.toThrow(TypeError);
  });

  it('shows what was left, and locks it for whom it shows it to', async () => {
    const { journal } = newHost();
    const entry = await journal.open(BEGUN);
    await entry.update({ pending: ['x'] });
    await entry.leave();
    const [found] = await journal.abandoned();
    expect(found?.record).toMatchObject({ name: 'guest', pending: ['x'] });
    expect(await journal.abandoned()).toEqual([]);
    await found?.entry.leave();
    expect(await journal.abandoned()).toHaveLength(1);
  });

  it('shows what a process that ended had open', async () => {
    const { journal, simulator } = newHost();
    await journal.open(BEGUN);
    simulator.crash();
    const later = drive(simulator).journal;
    const [found] = await later.abandoned();
    await found?.entry.close();
    expect(await later.list()).toEqual([]);
  });

  it('does not speak of an earlier boot', async () => {
    const { journal, simulator } = newHost();
    await (await journal.open(BEGUN)).leave();
    const { bootId } = await simulator.inspect();
    await simulator.reboot();
    expect((await simulator.inspect()).bootId).not.toBe(bootId);
    expect(await journal.list()).toEqual([]);
    expect(await journal.abandoned()).toEqual([]);
  });
});
