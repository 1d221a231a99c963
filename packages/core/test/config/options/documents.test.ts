import { describe, expect, it } from '@jest/globals';
import { readFileSync, readdirSync } from 'node:fs';
import { optionsAsMarkdown } from '../../../src/config/options/markdown.js';
import { reviewOptions } from '../../../src/config/options/index.js';
import {
  parseConfigText,
  parseCpuidHost,
  parseCpuidLeaf,
  parseDisk,
  parseVfb,
  parseVif,
  printConfigText,
  readTextList,
} from '../../../src/config/text/index.js';
import { read } from '../text/helpers.js';

const root = new URL('../../../../../', import.meta.url);
const guests = readdirSync(new URL('examples/guests/', root)).filter((name) => name.endsWith('.cfg'));
const textOf = (name: string): string => readFileSync(new URL(`examples/guests/${name}`, root), 'utf8');

describe('the example guests', () => {
  it('are there', () => {
    expect(guests).toEqual(
      expect.arrayContaining([
        'hvm-cpuid.cfg',
        'hvm-direct-kernel.cfg',
        'hvm.cfg',
        'ia64-hvm.cfg',
        'ia64-pv.cfg',
        'pv-bootloader.cfg',
        'pv-superpages.cfg',
        'pv.cfg',
        'stubdom.cfg',
        'xm-hvm.cfg',
      ]),
    );
  });

  it.each(guests)('%s has no warning, and every option in it is used', (name) => {
    const { settings, warnings } = parseConfigText(textOf(name), { file: name });
    expect(warnings).toEqual([]);
    expect(reviewOptions(settings.values()).findings).toEqual([]);
  });

  it.each(guests)('%s has specifications that can be read', (name) => {
    const { settings } = parseConfigText(textOf(name), { file: name });
    for (const [key, parse] of [
      ['disk', parseDisk],
      ['vif', parseVif],
      ['vfb', parseVfb],
    ] as const) {
      const value = settings.get(key)?.value;
      for (const spec of value === undefined ? [] : readTextList(key, value)) expect(parse(spec)).toBeDefined();
    }
  });

  it.each(guests)('%s says the same when it is written anew', (name) => {
    const printed = printConfigText(parseConfigText(textOf(name)));
    expect(read(printed)).toEqual(read(textOf(name)));
  });

  it('hvm-cpuid.cfg says the same in both spellings', () => {
    const text = textOf('hvm-cpuid.cfg');
    const host = /^# cpuid = (".*")$/m.exec(text)?.[1] ?? '';
    const value = parseConfigText(text).settings.get('cpuid')?.value;
    if (value === undefined) throw new Error('no cpuid');
    const [spelled] = Object.values(read(`a = ${host}`));
    expect(parseCpuidHost(String(spelled))).toEqual(readTextList('cpuid', value).map(parseCpuidLeaf));
  });
});

describe('docs/config.md', () => {
  const page = readFileSync(new URL('docs/config.md', root), 'utf8');

  it('has the tables of the catalogue as it is (npm run docs:config writes them)', () => {
    const tables = page.split('<!-- options: begin -->\n')[1]?.split('<!-- options: end -->')[0];
    expect(tables).toBe(`\n${optionsAsMarkdown()}\n`);
  });

  it('shows a text that is read', () => {
    const example = /```python\n(.*?)```/s.exec(page)?.[1] ?? '';
    const { settings, warnings } = parseConfigText(example);
    expect([...settings.keys()]).toEqual(['name', 'memory', 'disk', 'vnuma']);
    expect(warnings).toEqual([]);
    const disk = settings.get('disk')?.value;
    expect(disk === undefined ? 0 : readTextList('disk', disk).map((spec) => parseDisk(spec))).toHaveLength(3);
  });
});
