import { describe, expect, it } from '@jest/globals';
import { readCases } from '../../src/replay/read-cases.js';
import { pv } from '../support/guest.js';

const CASE = { id: 'a', input: pv(), output: { construct: { effects: [] } } };

function read(text: string, file?: string) {
  return [...readCases(text, file)];
}

/** The case with what stands at a path replaced. */
function changed(path: readonly string[], value: unknown): string {
  const copy = JSON.parse(JSON.stringify(CASE)) as Record<string, unknown>;
  let at = copy;
  for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = path.at(-1) ?? '';
  if (value === undefined) Reflect.deleteProperty(at, last);
  else at[last] = value;
  return JSON.stringify(copy);
}

describe('lines of cases', () => {
  it('are numbered from 1; blank ones are passed over', () => {
    const line = JSON.stringify(CASE);
    expect(read(`${line}\n\n  \r\n${line}`).map(({ line: number, recorded }) => [number, recorded.id])).toEqual([
      [1, 'a'],
      [4, 'a'],
    ]);
  });

  it('are read only as far as they are asked for', () => {
    const cases = readCases(`${JSON.stringify(CASE)}\njunk`);
    expect(cases.next().value?.recorded.id).toBe('a');
    expect(() => cases.next()).toThrow('line 2 is no case');
  });
});

describe('a line that is no case', () => {
  it('is refused with its place', () => {
    expect(() => read(`${JSON.stringify(CASE)}\n{"id":`, 'cases.jsonl')).toThrow(
      expect.objectContaining({
        code: 'REPLAY_CASE_INVALID',
        position: { line: 2, column: 1, file: 'cases.jsonl' },
        message: expect.stringContaining('line 2 is no case: '),
      }),
    );
  });

  it.each(['junk', '\0\xff', '[]', '"x"', 'null', '7', '{}'])('is %j', (line) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ code: 'REPLAY_CASE_INVALID' }));
  });

  it.each([
    [['id'], 1, 'id is no text'],
    [['input'], [], 'input is no object'],
    [['input', 'arch'], undefined, 'input.arch is no text'],
    [['input', 'imageType'], null, 'input.imageType is no text'],
    [['input', 'vmConfig'], [], 'input.vmConfig is no object'],
    [['input', 'vm'], null, 'input.vm is no object'],
    [['input', 'vm', 'uuid'], 1, 'input.vm.uuid is no text'],
    [['input', 'vm', 'features'], null, 'input.vm.features is no text'],
    [['input', 'vm', 'nameLabel'], undefined, 'input.vm.nameLabel is missing'],
    [['input', 'vm', 'vcpus'], '2', 'input.vm.vcpus is no number'],
    [['input', 'host'], undefined, 'input.host is no object'],
    [['input', 'host', 'options'], 1, 'input.host.options is no object'],
    [['input', 'host', 'xenCaps'], null, 'input.host.xenCaps is no text'],
    [['input', 'host', 'clock'], [], 'input.host.clock is no object'],
    [['input', 'host', 'clock', 'isDst'], true, 'input.host.clock.isDst is no number'],
    [['input', 'host', 'paths'], undefined, 'input.host.paths is no object'],
    [['input', 'host', 'xcResults'], [], 'input.host.xcResults is no object'],
    [['input', 'host', 'xcFailures'], 'x', 'input.host.xcFailures is no object'],
    [['input', 'host', 'xcFailures'], { hvm_build: 1 }, 'input.host.xcFailures.hvm_build is no list'],
    [['input', 'queries'], null, 'input.queries is no object'],
    [['input', 'queries', 'availableMemoryKib'], 5, 'input.queries.availableMemoryKib is no list'],
    [['input', 'queries', 'availableMemoryKib'], [{}], 'input.queries.availableMemoryKib is no list of numbers'],
    [['input', 'queries', 'shadowMemoryKib'], [[1]], 'input.queries.shadowMemoryKib is no list of pairs'],
    [['input', 'queries', 'shadowMemoryKib'], {}, 'input.queries.shadowMemoryKib is no list'],
    [['input', 'queries', 'shadowMemoryKib'], [1], 'input.queries.shadowMemoryKib is no list of pairs'],
    [['output'], 'x', 'output is no object'],
    [['output', 'construct'], undefined, 'output.construct is no object'],
    [['output', 'construct', 'effects'], undefined, 'output.construct.effects is no list'],
    [['output', 'createImage'], { effects: [], error: 'x' }, 'output.createImage.error is no object'],
    [['output', 'createImage'], { effects: [], error: {} }, 'output.createImage.error.message is no text'],
    [['output', 'construct', 'effects'], [null], 'output.construct.effects has one that is none'],
    [['output', 'construct', 'effects'], [{ kind: 'storeVm', entries: [null] }], 'output.construct.effects has one'],
    [['output', 'construct', 'effects'], [{ kind: 'xsStore' }], 'output.construct.effects has one that is none'],
    [['output', 'memory'], null, 'output.memory is no object'],
    [['output', 'deviceModel'], null, 'output.deviceModel is no object'],
    [['output', 'deviceModel'], { argvCreate: [] }, 'output.deviceModel.argvRestore is no list'],
    [['output', 'deviceModel'], { argvCreate: [], argvRestore: [], env: 1 }, 'output.deviceModel.env is no object'],
    [['input', 'host', 'options'], {}, 'input.host.options.vncpasswd is missing'],
  ])('lacks something at %j', (path, value, why) => {
    expect(() => read(changed(path, value))).toThrow(`line 1 is no case: ${why}`);
  });
});
