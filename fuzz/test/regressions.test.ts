import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { TARGETS } from '../targets/index.js';

const folder = fileURLToPath(new URL('../regressions', import.meta.url));
const cases = TARGETS.flatMap((target) => {
  const own = `${folder}/${target.name}`;
  return existsSync(own) ? readdirSync(own).map((name) => [target.name, name, target] as const) : [];
});

describe('what once failed', () => {
  it.each(cases)('%s/%s is taken or refused as it should be', async (name, file, target) => {
    await target.run(readFileSync(`${folder}/${name}/${file}`));
  });

  it('is kept in folders of targets', () => {
    const names = TARGETS.map(({ name }) => name);
    for (const name of readdirSync(folder)) expect(names).toContain(name);
  });
});

describe('what targets begin with', () => {
  it.each(TARGETS.map((target) => [target.name, target] as const))('%s takes its own seeds', async (_name, target) => {
    const seeds = target.seeds();
    expect(seeds.length).toBeGreaterThan(0);
    for (const seed of seeds.slice(0, 12)) await target.run(seed);
  });
});
