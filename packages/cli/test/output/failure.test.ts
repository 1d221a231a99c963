import { describe, expect, it } from '@jest/globals';
import { XenImageError } from '@xen-image/core';
import { asCoded, failureLines } from '../../src/output/failure.js';

describe('failureLines', () => {
  it('has the code, the place, what was said, the call and the hint', () => {
    const error = new XenImageError('CONFIG_SYNTAX', 'the text is not closed', {
      position: { line: 3, column: 9, file: 'guest.cfg' },
      said: ['kernel = "/boot', '         ^'],
      call: 'xc_domain_create',
      errno: 'ENOMEM',
      hint: 'close it with "',
    });
    expect(failureLines(error)).toEqual([
      'xen-image: error [CONFIG_SYNTAX]: guest.cfg:3:9: the text is not closed',
      '  kernel = "/boot',
      '           ^',
      '  xc_domain_create: ENOMEM',
      '  hint: close it with "',
    ]);
  });

  it('neutralises what a terminal acts on, wherever it stands', () => {
    const evil = '\x1b]0;x\x07\n';
    const error = new XenImageError(`C${evil}`, evil, {
      position: { line: 1, column: 1, file: evil },
      said: [evil],
      hint: evil,
    });
    for (const line of failureLines(error)) expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  });

  it('is one line for an error that says no more', () => {
    expect(failureLines(new XenImageError('X', 'y'))).toEqual(['xen-image: error [X]: y']);
  });
});

describe('asCoded', () => {
  it('leaves a coded error, also of another copy of core, as it is', () => {
    const foreign = Object.assign(new Error('m'), { name: 'XenImageError', code: 'X' });
    expect(asCoded(foreign)).toBe(foreign);
  });

  it.each([[new TypeError('what')], ['what'], [{ toString: (): string => 'what' }]])(
    'makes INTERNAL of %p',
    (thrown) => {
      expect(asCoded(thrown)).toMatchObject({ code: 'INTERNAL', message: 'what' });
    },
  );
});
