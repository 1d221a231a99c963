import { describe, expect, it } from '@jest/globals';
import type { HostFacts, XenImageError } from '../../src/index.js';
import { parseHostFacts } from '../../src/schema.js';
import { simulated } from '../support/toolstack.js';

function refusal(text: string): XenImageError {
  try {
    parseHostFacts(text, 'facts.json');
  } catch (error) {
    return error as XenImageError;
  }
  throw new TypeError('it was taken');
}

async function facts(): Promise<HostFacts> {
  return JSON.parse(JSON.stringify(await simulated().toolstack.hostFacts())) as HostFacts;
}

describe('parseHostFacts', () => {
  it("takes a host's facts, alone or in the document of a plan", async () => {
    const given = await facts();
    expect(parseHostFacts(JSON.stringify(given))).toEqual(given);
    expect(parseHostFacts(JSON.stringify({ command: 'plan', host: { facts: given }, plan: {} }))).toEqual(given);
  });

  it('names the first thing that is wrong, and has all of them in its data', async () => {
    const given = await facts();
    const error = refusal(JSON.stringify({ ...given, cpus: -1, bridges: 'xenbr0' }));
    expect(error.code).toBe('HOST_FACTS_INVALID');
    expect(error.message).toMatch(/^facts\.json does not hold host facts: bridges: .*\(and 1 more\)$/);
    expect(error.data).toMatchObject({ issues: [{ path: 'bridges' }, { path: 'cpus' }] });
  });

  it.each([
    ['a misspelled key', (given: HostFacts) => ({ ...given, brigdes: [] }), /brigdes/],
    ['a missing key', ({ cpus: _, ...rest }: HostFacts) => ({ ...rest, _ }), /cpus|_/],
    ['a wrong type deep inside', (given: HostFacts) => ({ ...given, clock: { ...given.clock, zoneOffsetSeconds: '0' } }), /clock\.zoneOffsetSeconds/],
    ['a version that is none', (given: HostFacts) => ({ ...given, hypervisor: { ...given.hypervisor, version: '4' } }), /hypervisor\.version/],
  ])('refuses %s', async (_, change, message) => {
    expect(refusal(JSON.stringify(change(await facts()))).message).toMatch(message);
  });

  it.each(['', 'null', '[]', '{"host":null}', '{', '{"__proto__":{"host":{}}}'])('refuses %j', (text) => {
    expect(refusal(text).code).toBe('HOST_FACTS_INVALID');
  });
});
