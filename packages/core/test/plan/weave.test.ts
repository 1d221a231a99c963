import { describe, expect, it } from '@jest/globals';
import type { Action, ActionLists } from '../../src/contract/actions.js';
import { weaveRefusal } from '../../src/plan/weave.js';

const act = (section: string): Action => ({ kind: 'note', section, key: section, value: 1 });
const error = { code: 'WRONG', message: 'it is wrong' };

const lists: ActionLists = {
  configure: [act('image'), act('display'), act('clock'), act('acme'), act('rtc')],
  beforeBuild: [act('files')],
  build: [act('build')],
  afterBuild: [act('results')],
  finish: [act('built')],
  restore: [act('cpuid')],
  cleanup: [act('bootloader')],
};

const sections = (actions: readonly Action[]) =>
  actions.map((action) => (action.kind === 'refuse' ? `refuse ${action.error.code}` : action.section));

describe('a refusal', () => {
  it('stands after the last section that still runs, and nothing of the creation comes after it', () => {
    const woven = weaveRefusal(lists, { step: 'configure', after: 'display', error });
    expect(sections(woven.configure)).toEqual(['image', 'display', 'refuse WRONG']);
    expect([woven.beforeBuild, woven.build, woven.afterBuild, woven.finish]).toEqual([[], [], [], []]);
  });

  it('finds its place where the section it follows has no actions', () => {
    const woven = weaveRefusal(lists, { step: 'configure', after: 'power-management', error });
    expect(sections(woven.configure)).toEqual(['image', 'refuse WRONG']);
  });

  it('leaves a section core does not know with the one before it', () => {
    const woven = weaveRefusal(lists, { step: 'configure', after: 'clock', error });
    expect(sections(woven.configure)).toEqual(['image', 'display', 'clock', 'acme', 'refuse WRONG']);
  });

  it('can end a step before it begins', () => {
    const woven = weaveRefusal(lists, { step: 'build', after: null, error });
    expect(sections(woven.build)).toEqual(['refuse WRONG']);
    expect(sections(woven.beforeBuild)).toEqual(['files']);
  });

  it('of restoring a guest leaves its creation alone', () => {
    const woven = weaveRefusal(lists, { step: 'restore', after: 'cpuid', error });
    expect(sections(woven.restore)).toEqual(['cpuid', 'refuse WRONG']);
    expect(woven.configure).toEqual(lists.configure);
  });

  it('never keeps a bootloader’s files from being removed', () => {
    expect(weaveRefusal(lists, { step: 'configure', after: null, error }).cleanup).toEqual(lists.cleanup);
  });

  it('is placed by a section that the step has', () => {
    expect(() => weaveRefusal(lists, { step: 'build', after: 'nowhere', error })).toThrow(TypeError);
  });
});
