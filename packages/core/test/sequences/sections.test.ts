import { describe, expect, it } from '@jest/globals';
import { SECTION_ORDER, STEPS, type Action, type HandlerActions } from '../../src/plugin.js';
import { hvmBeforeBuild, hvmConfigure, linuxBeforeBuild, linuxConfigure } from '../../src/plugin.js';
import { hvmGuest, inputFor, pvGuest } from '../support/guest.js';
import { IN_2009, TODAY } from '../support/policies.js';

function sections(actions: readonly Action[]): string[] {
  return [...new Set(actions.map((action) => action.section))];
}

function inOrder(step: keyof HandlerActions & keyof typeof SECTION_ORDER, actions: readonly Action[]): void {
  const order: readonly string[] = SECTION_ORDER[step];
  const places = actions.map((action) => order.indexOf(action.section));
  expect(places).not.toContain(-1);
  expect(places).toEqual([...places].sort((a, b) => a - b));
}

const FULL = {
  display: {
    vnc: {
      listen: '127.0.0.1',
      display: 0,
      findUnused: true,
      password: { value: 'x', spelling: 'x' },
      tls: { certificateDirectory: '/etc/xen/vnc', verify: true },
    },
  },
  platform: { extendedPowerManagement: 1, floppyA: '/srv/a.img' },
  clock: { offsetSeconds: 60 },
  disks: [
    {
      target: '/srv/d.img',
      format: 'raw',
      vdev: 'hda',
      access: 'rw',
      cdrom: false,
      requiredFile: '/srv/d.img',
    } as const,
  ],
};

describe('the order of sections', () => {
  it('is there for every step', () => {
    expect(Object.keys(SECTION_ORDER)).toEqual([...STEPS, 'restore', 'cleanup']);
  });

  it('is kept by the configuring of a PV guest', () => {
    const actions = linuxConfigure(pvGuest(FULL));
    expect(sections(actions)).toEqual(['image', 'power-management', 'display', 'clock']);
    inOrder('configure', actions);
  });

  it('is kept by the configuring of an HVM guest', () => {
    const actions = hvmConfigure(inputFor(hvmGuest(FULL), TODAY));
    expect(sections(actions)).toEqual([
      'image',
      'power-management',
      'display',
      'floppies',
      'disks',
      'clock',
      'capability',
      'device-model',
      'platform-device',
      'rtc',
    ]);
    inOrder('configure', actions);
  });

  it('is kept before the build', () => {
    const long = { commandLine: { value: 'x'.repeat(1024), spelling: null } };
    for (const policy of [IN_2009, TODAY]) {
      inOrder('beforeBuild', linuxBeforeBuild(inputFor(pvGuest({ boot: long }), policy)));
      inOrder('beforeBuild', hvmBeforeBuild(inputFor(hvmGuest({ boot: long }), policy), []));
    }
  });
});
