import { describe, expect, it } from '@jest/globals';
import { failureErrno } from '../../src/library/errors.js';
import { errorLines, xcError } from '../../src/index.js';

describe('errorLines', () => {
  it('takes the lines that tell of a failure, without their level', () => {
    expect(
      errorLines([
        'domainbuilder: detail: xc_dom_allocate: cmdline=""',
        'xc: error: panic: xg_dom_boot.c:119: no memory: Out of memory',
        'xc: warning: odd',
        'critical: failed to allocate memory for new message logger: Cannot allocate memory',
        'xc: error: ',
        'an error: in the middle',
      ]),
    ).toEqual([
      'xc: panic: xg_dom_boot.c:119: no memory: Out of memory',
      'failed to allocate memory for new message logger: Cannot allocate memory',
      'xc: ',
    ]);
  });

  it('says what was said again once', () => {
    expect(errorLines(['xc: error: a', 'xc: error: b', 'xc: error: a'])).toEqual(['xc: a', 'xc: b']);
  });
});

describe('failureErrno', () => {
  it('is errno for a function that returns -1, and the negated result for one that returns that', () => {
    expect(failureErrno(-1, 12)).toBe(12);
    expect(failureErrno(-1, undefined)).toBeUndefined();
    expect(failureErrno(-22, 0)).toBe(22);
    expect(failureErrno(-22, undefined)).toBe(22);
    expect(failureErrno(-2_147_483_648, 5)).toBe(5);
  });
});

describe('xcError', () => {
  it('reads as a sentence with what there is', () => {
    const bare = xcError({ call: 'xc_domain_create', result: -1, errno: undefined, said: [] });
    expect(bare.message).toBe('xc_domain_create failed: unknown');
    expect(bare.said).toBeUndefined();
    const full = xcError({ call: 'xc_dom_build_image', result: -1, errno: 16, said: ['one', 'two'] }, { domid: 3 });
    expect(full.message).toBe('xc_dom_build_image failed for domain 3: EBUSY (two)');
    expect(full.said).toEqual(['one', 'two']);
  });
});
