import { describe, expect, it } from '@jest/globals';
import type { Action, RecordFacts } from '@xen-image/core';
import { readDictionary } from '../../src/dictionary/read.js';
import { xendDomainRecords } from '../../src/profile/domain-records.js';
import { xendProfile } from '../../src/profile/plugin.js';
import { hvm, pv } from '../support/guest.js';
import { bench, run } from '../support/run.js';

const supports = { container: 'pv', deviceModel: true, restore: true, cpuid: true, superpages: true } as const;
const context = { config: readDictionary(pv()).config, supports };
const GUEST_READS = [
  { domid: 0, read: false, write: false },
  { domid: { ref: 'domid' }, read: true, write: false },
];

function record(group: string, facts: RecordFacts['facts']): readonly Action[] {
  return xendProfile.records({ kind: 'record', section: 'somewhere', group, facts }, context);
}

describe('what xend recorded of a handler’s facts', () => {
  it.each([
    ['image', { kernel: '/k', cmdline: null }, 'vm', 'image/', 'image/cmdline'],
    ['password', { vncpasswd: 'pw' }, 'vm', '', 'vncpasswd'],
    ['device-model', { dmargs: 'x', display: '' }, 'vm', 'image/', 'image/dmargs'],
    ['clock', { 'rtc/timeoffset': ' 60' }, 'vm', '', 'rtc/timeoffset'],
  ])('of group %s: nodes of the VM, one of which the guest reads', (group, facts, root, prefix, readable) => {
    expect(record(group, facts)).toEqual([
      {
        kind: 'write-store',
        section: 'somewhere',
        root,
        path: '',
        entries: Object.entries(facts).map(([key, value]) => [prefix + key, value]),
      },
      { kind: 'set-store-permissions', section: 'somewhere', root, path: readable, permissions: GUEST_READS },
    ]);
  });

  it.each(['power-management', 'platform-device'])(
    'of group %s: nodes of the device model, with no permissions',
    (group) => {
      expect(record(group, { disable_pf: 1 })).toEqual([
        { kind: 'write-store', section: 'somewhere', root: 'device-model', path: '', entries: [['disable_pf', 1]] },
      ]);
    },
  );

  it('of a group that it did not have: nothing', () => {
    expect(record('anybody:else', { a: 1 })).toEqual([]);
  });
});

describe('permissions', () => {
  it('of domain 0 itself name domain 0 alone', async () => {
    const { construct } = await run(pv({ vm: { domid: 0 } }));
    expect(construct.effects[1]).toEqual({
      kind: 'permissionsVm',
      path: 'image/cmdline',
      permissions: [{ dom: 0, read: true }],
    });
  });
});

describe('the records of every domain', () => {
  const paths = (actions: readonly Action[]) =>
    actions.flatMap((action) =>
      action.kind === 'write-store' ? action.entries.map(([path]) => `${action.root}:${path}`) : [],
    );

  it('begin with directories that the guest owns, and the way to its VM', () => {
    const { created } = xendDomainRecords(context);
    expect(paths(created)).toEqual([
      'domain:',
      'domain:vm',
      ...['device', 'control', 'error', 'memory', 'guest', 'hvmpv'].map((name) => `domain:${name}`),
    ]);
    expect(created.at(2)).toMatchObject({ permissions: [{ domid: { ref: 'domid' }, read: false, write: false }] });
  });

  it('give a guest with a device model read and write on its directory', () => {
    const { config } = readDictionary(hvm());
    const { created } = xendDomainRecords({ config, supports });
    expect(created.at(-1)).toMatchObject({
      root: 'device-model',
      entries: [['', '']],
      permissions: [
        { domid: 0, read: false, write: false },
        { domid: { ref: 'domid' }, read: true, write: true },
      ],
    });
  });

  it('tell a built PV guest of its rings and vcpus, and let it read its UUID', () => {
    const { built, introduced } = xendDomainRecords(context);
    expect(paths([...built, ...introduced])).toEqual(
      expect.arrayContaining([
        'vm:uuid',
        'vm:name',
        'vm:start_time',
        'domain:domid',
        'domain:console/ring-ref',
        'domain:store/ring-ref',
        'domain:cpu/0/availability',
        'domain:cpu/1/availability',
        'domain:control/platform-feature-multiprocessor-suspend',
      ]),
    );
    expect(built).toContainEqual({
      kind: 'set-store-permissions',
      section: 'records',
      root: 'vm',
      path: 'uuid',
      permissions: GUEST_READS,
    });
  });

  it('name the console that xenconsoled or the device model serves', () => {
    const console = (config: typeof context.config) =>
      xendDomainRecords({ config, supports })
        .built.flatMap((action) => (action.kind === 'write-store' ? action.entries : []))
        .find(([path]) => path === 'console/type')?.[1];
    expect(console(context.config)).toBe('xenconsoled');
    expect(console(readDictionary(hvm()).config)).toBe('ioemu');
  });

  it('go with the domain, from all three places', () => {
    expect(xendDomainRecords(context).remove.map(({ root }) => root)).toEqual(['domain', 'device-model', 'vm']);
  });

  it('are plain data', () => {
    const records = xendDomainRecords(context);
    const { created, built, introduced, remove } = records;
    expect(JSON.parse(JSON.stringify(records))).toEqual({ created, built, introduced, remove });
  });
});

describe('the profile', () => {
  it('speaks qemu-xen-traditional, by a name that nobody else has', () => {
    const { registry } = bench();
    expect(registry.profile('xend')).toBe(xendProfile);
    expect(registry.dialect(xendProfile.dialect).name).toBe('qemu-xen-traditional');
  });

  it('has no place for today’s name of PV guests', () => {
    expect(xendProfile.refuses?.('x86', 'pv')).toMatchObject({
      code: 'HANDLER_UNKNOWN',
      hint: 'xend called it linux.',
    });
    expect(xendProfile.refuses?.('x86', 'linux')).toBeUndefined();
    expect(xendProfile.refuses?.('ia64', 'hvm')).toBeUndefined();
  });
});
