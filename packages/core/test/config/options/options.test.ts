import { describe, expect, it } from '@jest/globals';
import {
  CONFIG_OPTIONS,
  OPTION_SECTIONS,
  lookupOption,
  nearestOption,
  reviewOptions,
} from '../../../src/config/options/index.js';
import { USED_OPTIONS } from '../../../src/config/options/used.js';
import { parseConfigText } from '../../../src/config/text/index.js';
import { XL_CFG_4_17, XM_3_4 } from './names.js';

function review(text: string) {
  return reviewOptions(parseConfigText(text, { file: 'g.cfg' }).settings.values());
}

describe('the catalogue', () => {
  it.each(XL_CFG_4_17)('has %s of xl.cfg(5)', (name) => {
    expect(['xl', 'both']).toContain(lookupOption(name)?.era);
  });

  it.each(XM_3_4)('has %s of xm', (name) => {
    expect(['xm', 'both']).toContain(lookupOption(name)?.era);
  });

  it('calls nothing xm’s and xl’s that only one of them had', () => {
    const xl = new Set(XL_CFG_4_17);
    const xm = new Set(XM_3_4);
    // Of both, but not in these two lists: xm had them after 3.4, or xl had them and does not document them.
    const later = [
      'gfx_passthru',
      'nestedhvm',
      'nomigrate',
      'oos',
      'pool',
      'tsc_mode',
      'vif2',
      'device_model',
      'vncviewer',
    ];
    const both = CONFIG_OPTIONS.filter(({ era }) => era === 'both').map(({ name }) => name);
    expect(both.filter((name) => !(xl.has(name) && xm.has(name)) && !later.includes(name))).toEqual([
      'display',
      'xauthority',
    ]);
  });

  it('has each option once', () => {
    const names = OPTION_SECTIONS.flatMap(({ options }) => options.map(({ name }) => name));
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
    expect(CONFIG_OPTIONS).toHaveLength(names.length);
  });

  it('marks as used only what it has', () => {
    expect([...USED_OPTIONS].filter((name) => lookupOption(name) === undefined)).toEqual([]);
    expect(lookupOption('memory')?.status).toBe('used');
    expect(lookupOption('vtpm')?.status).toBe('known');
  });

  it('sends from a deprecated option to one that it has', () => {
    const lost = CONFIG_OPTIONS.filter(
      ({ replacedBy }) => replacedBy !== undefined && lookupOption(replacedBy) === undefined,
    );
    expect(lost).toEqual([]);
  });

  it('describes each in one line', () => {
    for (const { description } of CONFIG_OPTIONS) expect(description).toMatch(/^\S.{8,80}[^.\s]$/);
  });
});

describe('lookupOption and nearestOption', () => {
  it('know names exactly', () => {
    expect(lookupOption('vcpus')).toMatchObject({ name: 'vcpus', kind: 'integer', era: 'both' });
    for (const name of ['VCPUS', 'vcpu', '', '__proto__', 'constructor', 'toString']) {
      expect(lookupOption(name)).toBeUndefined();
    }
  });

  it.each([
    ['vcpu', 'vcpus'],
    ['Memory', 'memory'],
    ['VIDEORAM', 'videoram'],
    ['vnclistn', 'vnclisten'],
    ['on_power_off', 'on_poweroff'],
  ])('offer for %s: %s', (name, nearest) => {
    expect(nearestOption(name)?.name).toBe(nearest);
  });

  it('offer nothing for what is no name', () => {
    expect(nearestOption('x'.repeat(200))).toBeUndefined();
  });
});

describe('reviewOptions', () => {
  it('finds nothing in a configuration of used options', () => {
    expect(review('name = "x"; memory = 512; vcpus = 1')).toEqual({
      used: ['name', 'memory', 'vcpus'],
      unused: [],
      unknown: [],
      findings: [],
    });
  });

  it('tells of all unused options at once', () => {
    const { unused, findings } = review('name = "x"\npool = "p"\nspice = 1\nvtpm = []');
    expect(unused).toEqual(['pool', 'spice', 'vtpm']);
    expect(findings).toEqual([
      {
        severity: 'warning',
        code: 'CONFIG_OPTION_UNUSED',
        message: 'not used here: pool, spice, vtpm',
        position: { line: 2, column: 1, file: 'g.cfg' },
        hint: 'the guest is made without them',
        keys: ['pool', 'spice', 'vtpm'],
      },
    ]);
  });

  it('tells of each unknown option, with the nearest name', () => {
    const { unknown, findings } = review('vcpu = 2\n memmory = 1');
    expect(unknown).toEqual(['vcpu', 'memmory']);
    expect(findings).toEqual([
      expect.objectContaining({
        code: 'CONFIG_OPTION_UNKNOWN',
        message: '`vcpu` is no option of xm or xl',
        position: { line: 1, column: 1, file: 'g.cfg' },
        hint: 'is `vcpus` meant?',
      }),
      expect.objectContaining({ position: { line: 2, column: 2, file: 'g.cfg' }, hint: 'is `memory` meant?' }),
    ]);
  });

  it('counts the unknown after a hundred', () => {
    const text = Array.from({ length: 130 }, (_, n) => `my_setting_${String(n)} = 1`).join('\n');
    const { findings, unknown } = review(text);
    expect(unknown).toHaveLength(130);
    expect(findings).toHaveLength(101);
    expect(findings.at(-1)).toMatchObject({
      message: '30 more settings are no options of xm or xl',
      position: { line: 101 },
    });
  });

  it('leaves out what is None', () => {
    expect(review('pool = None; memmory = None').findings).toEqual([]);
  });

  it('lets a reader say what it uses', () => {
    const { settings } = parseConfigText('pool = "p"; memory = 1; zzz = 1');
    const { used, unused, unknown } = reviewOptions(settings.values(), ({ name }) => name === 'pool');
    expect([used, unused, unknown]).toEqual([['pool'], ['memory'], ['zzz']]);
  });
});
