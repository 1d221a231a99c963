import { describe, expect, it } from '@jest/globals';
import { ABI_TABLES, findAbiTable } from '../../src/index.js';
import type { StructLayout } from '../../src/abi/table.js';
import { CALLS, IA64_CALLS, XEN_CALLS, type CallName } from '../../src/calls/signatures.js';
import { prototypeMatches, prototypeOf } from '../../src/library/prototype.js';

/** Calls that not every version has, and the versions that do. */
const PARTIAL: Readonly<Record<string, readonly string[]>> = {
  xc_domain_getinfo: ['4.16', '4.17'],
  xc_domain_getinfo_single: ['4.18', '4.19', '4.20', '4.21', '4.22'],
  xc_set_paging_mempool_size: ['4.17', '4.18', '4.19', '4.20', '4.21', '4.22'],
};

describe('the ABI tables', () => {
  it('are those of 4.16 to 4.22', () => {
    expect(ABI_TABLES.map((table) => table.version)).toEqual(['4.16', '4.17', '4.18', '4.19', '4.20', '4.21', '4.22']);
    expect(findAbiTable('4.15')).toBeUndefined();
  });

  it.each(ABI_TABLES.map((table) => [table.version, table] as const))(
    '%s agrees with how each call is declared here',
    (version, table) => {
      for (const name of Object.keys(XEN_CALLS) as CallName[]) {
        const expected = PARTIAL[name]?.includes(version) ?? true;
        expect([name, prototypeMatches(table, name)]).toEqual([name, expected]);
      }
    },
  );

  it.each(ABI_TABLES.map((table) => [table.version, table] as const))(
    '%s has fields that lie within their structs',
    (_version, table) => {
      for (const { size, fields } of Object.values(table.structs) as StructLayout[]) {
        const places = [...Object.values(fields)].sort((one, other) => one[0] - other[0]);
        places.forEach(([offset, length], index) => {
          expect(offset + length).toBeLessThanOrEqual(places[index + 1]?.[0] ?? size);
        });
      }
    },
  );

  it('have the figures by which versions differ', () => {
    const figures = ABI_TABLES.map(({ version, constants, structs }) => [
      version,
      constants.domctlVersion,
      structs.createDomain.size,
      structs.image.size,
      structs.image.fields.max_vcpus[0],
      constants.domidAny,
    ]);
    expect(figures).toEqual([
      ['4.16', 0x14, 60, 1952, 1944, undefined],
      ['4.17', 0x15, 64, 1952, 1944, undefined],
      ['4.18', 0x16, 64, 1952, 1944, undefined],
      ['4.19', 0x17, 68, 1952, 1944, undefined],
      ['4.20', 0x17, 68, 1952, 1944, undefined],
      ['4.21', 0x17, 68, 1952, 1944, undefined],
      ['4.22', 0x18, 68, 1952, 1944, 0x7ff5],
    ]);
  });
});

describe('prototypeMatches', () => {
  const table = ABI_TABLES[1]!;
  const withPrototypes = (prototypes: readonly string[]) => ({
    ...table,
    functions: { ...table.functions, xc_cpuid_apply_policy: prototypes },
  });
  const long = prototypeOf('xc_cpuid_apply_policy');
  const short = long.replace(',pointer)', ')');

  it('takes the longer of two lists of arguments, of which one only adds to the other', () => {
    expect(prototypeMatches(withPrototypes([short, long]), 'xc_cpuid_apply_policy')).toBe(true);
    expect(prototypeMatches(withPrototypes([long]), 'xc_cpuid_apply_policy')).toBe(true);
    expect(table.functions['xc_cpuid_apply_policy']).toEqual([short, long]);
  });

  it('refuses a library that expects more, less, or something else', () => {
    const others = [
      [long.replace(')', ',pointer)')],
      [short],
      [long.replace('uint8', 'uint32')],
      [long.replace('uint8', 'uint32'), long],
      [long.replace('int32(', 'pointer(')],
    ];
    for (const prototypes of others) {
      expect([prototypes, prototypeMatches(withPrototypes(prototypes), 'xc_cpuid_apply_policy')]).toEqual([
        prototypes,
        false,
      ]);
    }
  });

  it('leaves the calls of ia64 to what a library exports', () => {
    for (const name of Object.keys(IA64_CALLS) as CallName[]) expect(prototypeMatches(table, name)).toBe(true);
    expect(Object.keys(CALLS)).toHaveLength(Object.keys(XEN_CALLS).length + Object.keys(IA64_CALLS).length);
  });
});
