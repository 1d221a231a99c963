import { describe, expect, it } from '@jest/globals';
import { CPUID_FIELDS, parseCpuidHost, parseCpuidLeaf } from '../../../../src/config/text/index.js';
import { refusalOf, specOf } from '../helpers.js';

const x = (count: number): string => 'x'.repeat(count);

describe('CPUID_FIELDS', () => {
  it('has the names of libxl 4.17', () => {
    expect(CPUID_FIELDS.size).toBe(198);
  });

  // From the processor manuals, one of each leaf.
  const places: [name: string, leaf: number, subleaf: number | null, register: string, bit: number, length: number][] =
    [
      ['sse3', 1, null, 'ecx', 0, 1],
      ['vmx', 1, null, 'ecx', 5, 1],
      ['hypervisor', 1, null, 'ecx', 31, 1],
      ['pae', 1, null, 'edx', 6, 1],
      ['htt', 1, null, 'edx', 28, 1],
      ['family', 1, null, 'eax', 8, 8],
      ['arat', 6, null, 'eax', 2, 1],
      ['smep', 7, 0, 'ebx', 7, 1],
      ['pku', 7, 0, 'ecx', 3, 1],
      ['arch-caps', 7, 0, 'edx', 29, 1],
      ['avx-vnni', 7, 1, 'eax', 4, 1],
      ['svm', 0x80000001, null, 'ecx', 2, 1],
      ['nx', 0x80000001, null, 'edx', 20, 1],
      ['lm', 0x80000001, null, 'edx', 29, 1],
      ['procpkg', 4, 0, 'eax', 26, 6],
      ['invtsc', 0x80000007, null, 'edx', 8, 1],
      ['apicidsize', 0x80000008, null, 'ecx', 12, 4],
      ['lfence+', 0x80000021, null, 'eax', 2, 1],
      ['maxhvleaf', 0x40000000, null, 'eax', 0, 8],
    ];
  it.each(places)('%s', (name, leaf, subleaf, register, bit, length) => {
    expect(CPUID_FIELDS.get(name)).toEqual({ leaf, subleaf, register, bit, length });
  });

  it('keeps every field inside its register, and none over another of the same length', () => {
    for (const [name, { bit, length }] of CPUID_FIELDS) {
      expect([name, bit >= 0 && length >= 1 && bit + length <= 32]).toEqual([name, true]);
    }
    const places = [...CPUID_FIELDS].map(([name, field]) => [JSON.stringify(field), name] as const);
    const shared = places.filter(([place, name]) => places.some(([other, by]) => other === place && by !== name));
    // Two spellings each, kept for old configurations.
    expect(shared.map(([, name]) => name).sort()).toEqual(['sse4.1', 'sse4.2', 'sse4_1', 'sse4_2']);
  });
});

describe('parseCpuidHost', () => {
  it('sets bits from bit 31 on the left to bit 0 on the right', () => {
    expect(parseCpuidHost('host,tm=0,sse3=0')).toEqual([
      { key: '1', leaf: 1, subleaf: null, masks: { edx: `xx0${x(29)}`, ecx: `${x(31)}0` } },
    ]);
  });

  it('takes each letter', () => {
    expect(parseCpuidHost('host,aes=1,avx=k,f16c=s,rdrand=x')[0]?.masks.ecx).toBe(
      `xxsk xx1 ${x(25)}`.replaceAll(' ', ''),
    );
  });

  it('keeps leaves and sub-leaves apart, in order', () => {
    expect(parseCpuidHost('host, smep=0, sse3=0, avx-vnni=0, nx=0, smap=0')).toEqual([
      { key: '7,0', leaf: 7, subleaf: 0, masks: { ebx: `${x(11)}0${x(12)}0${x(7)}` } },
      { key: '1', leaf: 1, subleaf: null, masks: { ecx: `${x(31)}0` } },
      { key: '7,1', leaf: 7, subleaf: 1, masks: { eax: `${x(27)}0${x(4)}` } },
      { key: '0x80000001', leaf: 0x80000001, subleaf: null, masks: { edx: `${x(11)}0${x(20)}` } },
    ]);
  });

  it('writes figures in binary', () => {
    expect(parseCpuidHost('host,maxleaf=0xb')[0]?.masks.eax).toBe('1011'.padStart(32, '0'));
    expect(parseCpuidHost('host,stepping=3')[0]?.masks.eax).toBe(`${x(28)}0011`);
    expect(parseCpuidHost('host,proccount=010')[0]?.masks.ebx).toBe(`${x(8)}00001000${x(16)}`);
  });

  // Family 6 is in the base field alone; 0x17 is 0xf there and 8 in the extension (AMD64 manual, CPUID Fn0000_0001_EAX).
  it('splits family and model over their two fields', () => {
    expect(parseCpuidHost('host,family=6')[0]?.masks.eax).toBe(`xxxx00000000xxxxxxxx0110${x(8)}`);
    expect(parseCpuidHost('host,family=0x17')[0]?.masks.eax).toBe(`xxxx00001000xxxxxxxx1111${x(8)}`);
    expect(parseCpuidHost('host,model=0x5e')[0]?.masks.eax).toBe(`${x(12)}0101${x(8)}1110xxxx`);
    expect(parseCpuidHost('host,family=k,model=k')[0]?.masks.eax).toBe('xxxxkkkkkkkkkkkkxxxxkkkkkkkkxxxx');
  });

  it('takes the later of two', () => {
    expect(parseCpuidHost('host,sse3=0,sse3=1')[0]?.masks.ecx).toBe(`${x(31)}1`);
  });

  it('asks nothing of a host that is left alone', () => {
    expect(parseCpuidHost('host')).toEqual([]);
    expect(parseCpuidHost('')).toEqual([]);
  });

  const refused: [spec: string, offset: number, message: RegExp, hint: RegExp][] = [
    ['sse3=0', 0, /first word is not `host`/, /in a list/],
    ['host=1,sse3=0', 0, /first word is not `host`/, /./],
    ['host,see3=0', 5, /CPUID has no `see3`/, /is sse3 meant/],
    ['host,sse3', 5, /`sse3` has no value/, /sse3=0/],
    ['host,sse3=2', 10, /sse3=2 cannot be set/, /0, 1, x, k or s/],
    ['host,sse3=on', 10, /cannot be set/, /./],
    ['host,stepping=16', 14, /cannot be set/, /from 0 to 15/],
    ['host,family=271', 12, /cannot be set/, /from 0 to 270/],
    ['host,stepping=-1', 14, /cannot be set/, /./],
  ];
  it.each(refused)('refuses %j', (spec, offset, message, hint) => {
    const error = refusalOf(() => parseCpuidHost(spec));
    expect(error.code).toBe('CONFIG_CPUID');
    expect(error.data).toEqual({ offset });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });
});

describe('parseCpuidLeaf', () => {
  const mask = `1${x(29)}ks`;
  it.each([
    [`1:ecx=${mask}`, { key: '1', leaf: 1, subleaf: null, masks: { ecx: mask } }],
    [`1:ecx=${mask},edx=${x(32)}`, { key: '1', leaf: 1, subleaf: null, masks: { ecx: mask, edx: x(32) } }],
    [`4,0:eax=${mask}`, { key: '4,0', leaf: 4, subleaf: 0, masks: { eax: mask } }],
    [`0x80000001:edx=${mask}`, { key: '0x80000001', leaf: 0x80000001, subleaf: null, masks: { edx: mask } }],
    [`0xd, 0x1:eax=${mask}`, { key: '0xd, 0x1', leaf: 13, subleaf: 1, masks: { eax: mask } }],
    [`1:ecx=${mask},\n   eax=${mask}`, { key: '1', leaf: 1, subleaf: null, masks: { ecx: mask, eax: mask } }],
    [
      '0:eax=0x3,ebx=0x0',
      { key: '0', leaf: 0, subleaf: null, masks: { eax: '11'.padStart(32, '0'), ebx: '0'.repeat(32) } },
    ],
    ['4:', { key: '4', leaf: 4, subleaf: null, masks: {} }],
  ])('%j', (spec, leaf) => {
    expect(parseCpuidLeaf(spec)).toEqual(leaf);
  });

  const refused: [spec: string, offset: number, message: RegExp][] = [
    ['', 0, /colon is missing/],
    ['1', 1, /colon is missing/],
    [':ecx=' + mask, 0, /`` is no leaf/],
    ['x:ecx=' + mask, 0, /`x` is no leaf/],
    ['7,0,1:ecx=' + mask, 0, /is no leaf/],
    ['4294967296:ecx=' + mask, 0, /is no leaf/],
    ['1:esi=' + mask, 2, /`esi` is no register/],
    ['1:ecx', 5, /the mask of ecx has 0 characters/],
    ['1:ecx=01', 6, /the mask of ecx has 2 characters, not 32/],
    [`1:ecx=${x(33)}`, 6, /33 characters/],
    [`1:ecx=${x(10)}2${x(21)}`, 16, /`2` is nothing that a bit can be/],
    [`1:ecx=${mask},ecx=${mask}`, 39, /ecx is given twice/],
    ['1:__proto__=' + mask, 2, /is no register/],
  ];
  it.each(refused)('refuses %j', (spec, offset, message) => {
    const error = refusalOf(() => parseCpuidLeaf(spec));
    expect(error.code).toBe('CONFIG_CPUID');
    expect(error.data).toEqual({ offset });
    expect(error.message).toMatch(message);
  });

  it('points into the file', () => {
    const error = refusalOf(() => parseCpuidLeaf(specOf(`cpuid = [ '1:ecx=${x(31)}y' ]`)));
    expect(error.position).toEqual({ line: 1, column: 49, file: 'guest.cfg' });
  });
});
