import { describe, expect, it } from '@jest/globals';
import {
  MAX_MEMORY_MIB,
  parseBootOrder,
  parseDomainName,
  parseMac,
  parseMemorySizeKib,
  parseShutdownAction,
  parseUuid,
  readFlag,
  readInteger,
  readMemoryMib,
  readText,
  readTextList,
  readTexts,
} from '../../../../src/config/text/index.js';
import { refusalOf, specOf, valueOf } from '../helpers.js';

describe('numbers', () => {
  it.each([
    ['a = 512', 512],
    ['a = "512"', 512],
    ['a = "0x200"', 512],
    ['a = "01000"', 512],
    ['a = -3600', -3600],
    ['a = "-3600"', -3600],
    ['a = " +5"', 5],
    ['a = True', 1],
    ['a = "-0"', 0],
  ])('%s', (line, value) => {
    expect(readInteger('a', valueOf(line))).toBe(value);
  });

  it.each([
    ['a = ""', /`a` is the text "", and a whole number is expected/],
    ['a = "08"', /the text "08"/],
    ['a = "5 "', /the text "5 "/],
    ['a = "1.5"', /the text "1.5"/],
    ['a = "NaN"', /the text "NaN"/],
    ['a = "--5"', /text/],
    ['a = [ 5 ]', /a list/],
    ['a = None', /None/],
    [`a = "${'9'.repeat(30)}"`, /from -9007199254740991/],
  ])('not %s', (line, message) => {
    const error = refusalOf(() => readInteger('a', valueOf(line)));
    expect(error).toMatchObject({ code: 'CONFIG_VALUE', position: { line: 1, column: 5, file: 'guest.cfg' } });
    expect(error.message).toMatch(message);
  });

  it('are held to a range', () => {
    expect(readInteger('vcpus', valueOf('vcpus = 1'), 1, 128)).toBe(1);
    expect(refusalOf(() => readInteger('vcpus', valueOf('vcpus = 0'), 1, 128)).message).toBe(
      '`vcpus` is 0, and a number from 1 to 128 is expected',
    );
    expect(refusalOf(() => readInteger('vcpus', valueOf('vcpus = "129"'), 1, 128)).code).toBe('CONFIG_VALUE');
  });
});

describe('switches', () => {
  it.each([
    ['a = 1', true],
    ['a = 0', false],
    ['a = 2', true],
    ['a = "0"', false],
    ['a = "1"', true],
    ['a = False', false],
  ])('%s', (line, value) => {
    expect(readFlag('a', valueOf(line))).toBe(value);
  });

  it.each(['a = "yes"', 'a = ""', 'a = []', 'a = None'])('not %s', (line) => {
    expect(refusalOf(() => readFlag('a', valueOf(line)))).toMatchObject({ code: 'CONFIG_VALUE' });
  });
});

describe('text', () => {
  it('is text, and the spelling of a number', () => {
    expect(readText('name', valueOf('name = "x"'))).toBe('x');
    expect(readText('name', valueOf('name = 0x10'))).toBe('0x10');
    expect(refusalOf(() => readText('name', valueOf('name = [ "x" ]'))).message).toBe(
      '`name` is a list, and text is expected',
    );
  });

  it('in a list keeps the place of each member', () => {
    const items = readTextList('irqs', valueOf('irqs = [ "a", 0x10 ]'));
    expect(items.map(({ text, position }) => [text, position.column])).toEqual([
      ['a', 10],
      ['0x10', 15],
    ]);
  });

  it('in a list is not a list', () => {
    const error = refusalOf(() => readTextList('disk', valueOf('disk = [ "a", [ "b" ] ]')));
    expect(error.position).toMatchObject({ column: 15 });
    expect(refusalOf(() => readTextList('disk', valueOf('disk = "a"'))).hint).toBe('write disk = [ … ]');
  });

  it('one or many', () => {
    expect(readTexts('serial', valueOf('serial = "pty"'))).toEqual(['pty']);
    expect(readTexts('serial', valueOf('serial = [ "pty", "", "file:/x" ]'))).toEqual(['pty', 'file:/x']);
    expect(readTexts('serial', valueOf('serial = ""'))).toEqual([]);
  });
});

describe('memory', () => {
  it('is in MiB', () => {
    expect(readMemoryMib('memory', valueOf('memory = 512'))).toBe(512);
    expect(readMemoryMib('memory', valueOf('memory = "0x200"'))).toBe(512);
    expect(readMemoryMib('shadow_memory', valueOf('shadow_memory = 0'))).toBe(0);
  });

  it.each([
    ['memory = "2g"', 'write memory = 2048'],
    ['memory = "2G"', 'write memory = 2048'],
    ['memory = "512m"', 'write memory = 512'],
    ['memory = "1t"', 'write memory = 1048576'],
    ['memory = "2048k"', 'write memory = 2'],
  ])('has no suffix: %s', (line, hint) => {
    const error = refusalOf(() => readMemoryMib('memory', valueOf(line)));
    expect(error).toMatchObject({ code: 'CONFIG_VALUE', hint });
    expect(error.message).toContain('a number of MiB is expected');
  });

  it.each(['memory = -1', 'memory = 0', 'memory = 4294967297', 'memory = "many"'])('is not %s', (line) => {
    expect(refusalOf(() => readMemoryMib('memory', valueOf(line), 1)).code).toBe('CONFIG_VALUE');
  });

  it('has suffixes on the command line', () => {
    const sizes = ['512', '512m', '512M', '2g', '1t', '2048k', '1048576b', '1023b', '0'];
    expect(sizes.map((size) => parseMemorySizeKib(size))).toEqual([
      ...[524288, 524288, 524288, 2097152, 1073741824, 2048, 1024, 0, 0],
    ]);
    expect(parseMemorySizeKib(`${String(MAX_MEMORY_MIB)}m`)).toBe(MAX_MEMORY_MIB * 1024);
    for (const wrong of ['', 'x', '-1', '1.5g', '2gb', ' 2', '4294967297', '999999999999999t']) {
      expect(refusalOf(() => parseMemorySizeKib(wrong)).code).toBe('CONFIG_VALUE');
    }
  });
});

describe('words', () => {
  it('actions after a shutdown', () => {
    const all = [
      'destroy',
      'restart',
      'rename-restart',
      'preserve',
      'coredump-destroy',
      'coredump-restart',
      'soft-reset',
    ];
    expect(all.map((action) => parseShutdownAction(action))).toEqual(all);
    const error = refusalOf(() => parseShutdownAction(specOf('on_crash = "explode"')));
    expect(error).toMatchObject({ code: 'CONFIG_VALUE', position: { line: 1, column: 13 } });
    expect(error.hint).toContain('coredump-destroy');
  });

  it('boot orders', () => {
    for (const order of ['', 'c', 'dc', 'cda', 'ndc']) expect(parseBootOrder(order)).toBe(order);
    expect(refusalOf(() => parseBootOrder('cx'))).toMatchObject({ code: 'CONFIG_VALUE', data: { offset: 1 } });
    expect(refusalOf(() => parseBootOrder('cdc'))).toMatchObject({ code: 'CONFIG_VALUE', data: { offset: 2 } });
    expect(refusalOf(() => parseBootOrder('c,menu=on')).code).toBe('CONFIG_VALUE');
  });

  it('UUIDs', () => {
    const uuid = '4d3c2b1a-0000-4000-8000-00163e00000a';
    expect(parseUuid(uuid)).toBe(uuid);
    expect(parseUuid(uuid.toUpperCase())).toBe(uuid);
    expect(parseUuid(uuid.replaceAll('-', ''))).toBe(uuid);
    for (const wrong of ['', 'x', uuid.slice(1), `${uuid}0`, uuid.replace('-', ''), `{${uuid}}`, `${uuid}\n`]) {
      expect(refusalOf(() => parseUuid(wrong)).code).toBe('CONFIG_VALUE');
    }
  });
});

describe('parseMac', () => {
  it.each(['00:16:3e:00:00:01', '02:00:00:00:00:00', 'FE:FF:FF:FF:FF:FF', 'a0:b1:c2:d3:e4:f5'])('%s', (mac) => {
    expect(parseMac(mac)).toBe(mac.toLowerCase());
  });

  it.each([
    ['', /empty/],
    ['00:16:3e:00:00', /no MAC/],
    ['00:16:3e:00:00:01:02', /no MAC/],
    ['00:16:3e:00:00:1', /no MAC/],
    ['00:16:3e:00:00:0g', /no MAC/],
    ['00163e000001', /no MAC/],
    [' 00:16:3e:00:00:01', /no MAC/],
    ['00:16:3e:00:00:01\n', /no MAC/],
    ['random', /no MAC/],
    ['01:00:5e:00:00:01', /multicast/],
    ['03:16:3e:00:00:01', /multicast/],
    ['FF:FF:FF:FF:FF:FF', /broadcast/],
    ['00:00:00:00:00:00', /no interface/],
  ])('not %j', (mac, message) => {
    const error = refusalOf(() => parseMac(mac));
    expect(error.code).toBe('CONFIG_MAC');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  it('offers the address with colons', () => {
    expect(refusalOf(() => parseMac('00-16-3e-00-00-01')).hint).toBe('write 00:16:3e:00:00:01');
  });
});

describe('parseDomainName', () => {
  it.each(['web', 'web.example-1_2', 'ゲスト', 'a b', '..x', 'x'.repeat(200), '-d', '1'])('%j', (name) => {
    expect(parseDomainName(name)).toBe(name);
  });

  it.each([
    ['', /empty/],
    ['.', /cannot be called `\.`/],
    ['..', /cannot be called `\.\.`/],
    ['a/b', /has a \/ in it/],
    ['../etc', /has a \/ in it/],
    ['a\nb', /U\+000A/],
    ['a\0b', /U\+0000/],
    ['a\u2028b', /U\+2028/],
    ['é'.repeat(101), /202 bytes long/],
  ])('not %j', (name, message) => {
    const error = refusalOf(() => parseDomainName(name));
    expect(error.code).toBe('CONFIG_NAME');
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  it('points at the character', () => {
    expect(refusalOf(() => parseDomainName(specOf('name = "a/b"'))).position).toMatchObject({ line: 1, column: 10 });
  });
});
