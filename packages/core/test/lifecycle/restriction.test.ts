import { describe, expect, it } from '@jest/globals';
import {
  definePlugin,
  DEVICE_MODELS,
  FIRST_DEVICE_MODEL_UID,
  XenImageError,
  type DeviceModels,
  type DeviceModelStart,
  type PossibleRestriction,
  type RestrictionRequest,
} from '../../src/index.js';
import { HVM, PV, simulated } from '../support/toolstack.js';

const QEMU = '/usr/libexec/xen-qemu-system-i386';

const ALL: PossibleRestriction = {
  chroot: '/run/root-7',
  user: '1007:1007',
  ownUser: true,
  sandbox: true,
  runWith: false,
};

/** A host whose device models can be restricted so, what was asked of them and how they were started. */
function host(possible: PossibleRestriction | Error = ALL) {
  const asked: RestrictionRequest[] = [];
  const starts: DeviceModelStart[] = [];
  const port: DeviceModels = {
    restriction: (request) => {
      asked.push(request);
      return possible instanceof Error ? Promise.reject(possible) : Promise.resolve(possible);
    },
    start: (start) => {
      starts.push(start);
      return Promise.resolve({ pid: 4711 });
    },
    stop: () => Promise.resolve(),
  };
  const plugin = definePlugin({
    name: 'restricting',
    contract: 1,
    register(context) {
      context.port({ token: DEVICE_MODELS, replaces: '@xen-image/xen-sim', create: () => port });
    },
  });
  const { toolstack, simulator } = simulated({ plugins: [plugin] });
  const create = async (text: string, change: { restrict?: boolean } = {}) => {
    const warnings: string[] = [];
    const plan = await toolstack.plan({ text, ...change });
    const { domid } = await toolstack.create(plan, { onWarning: (code) => warnings.push(code) });
    return { domid, warnings: warnings.filter((code) => code.startsWith('DEVICE_MODEL')), start: starts.at(-1) };
  };
  return { toolstack, simulator, create, asked, starts };
}

const LACKING: PossibleRestriction = { lacking: `${QEMU} has no -xen-domid-restrict` };
const NOBODY = new XenImageError('DEVICE_MODEL_USER', 'no user', { hint: 'adduser' });

describe('the rights of a device model', () => {
  it('are given up without a word in the configuration, as the host can', async () => {
    const { create, asked } = host();
    const { domid, warnings, start } = await create(HVM);
    expect(asked.map((request) => request.domid)).toEqual(['<domid>', domid]);
    expect(start?.restriction).toEqual(ALL);
    expect(start?.args.join(' ')).toMatch(
      /-xen-domid-restrict -sandbox on.* -chroot \/run\/root-7 .*-runas 1007:1007$/,
    );
    expect(warnings).toEqual([]);
  });

  it('are asked of the program that the configuration names by a create alone: a plan does not run it', async () => {
    const { toolstack, asked } = host();
    const plan = await toolstack.plan({ text: `${HVM}device_model_override = "/boot/vmlinuz"\n` });
    const { command, findings } = await toolstack.deviceModelCommand(plan);
    expect(asked).toEqual([]);
    expect(findings).toMatchObject([{ severity: 'warning', code: 'DEVICE_MODEL_UNASKED' }]);
    expect(command?.argv.join(' ')).toMatch(/-xen-domid-restrict/);
    await toolstack.create(plan);
    expect(asked.map(({ program }) => program)).toContain('/boot/vmlinuz');
  });

  it.each([
    ['the configuration says so', `${HVM}dm_restrict = 0\n`, {}],
    ['who has it read says so', `${HVM}dm_restrict = 1\n`, { restrict: false }],
    ['it serves a PV guest', `${PV}vfb = ["vnc=1"]\n`, {}],
  ])('are kept where %s', async (_what, text, change) => {
    const { create, asked } = host();
    const { start } = await create(text, change);
    expect(start).not.toHaveProperty('restriction');
    expect(start?.args.join(' ')).not.toMatch(/restrict|chroot|runas/);
    expect(asked).toEqual([]);
  });

  it('are kept, with a warning, where the program can give none up', async () => {
    const { warnings, start } = await host(LACKING).create(HVM);
    expect(start).not.toHaveProperty('restriction');
    expect(warnings).toEqual(['DEVICE_MODEL_UNRESTRICTED']);
  });

  it.each([
    ['are to be given up and cannot', LACKING, `${HVM}dm_restrict = 1\n`, 'DEVICE_MODEL_UNRESTRICTED'],
    ['are to be a named user’s and cannot', LACKING, `${HVM}device_model_user = "u"\n`, 'DEVICE_MODEL_UNRESTRICTED'],
    ['could be no user’s but root’s', NOBODY, HVM, 'DEVICE_MODEL_USER'],
  ])('keep a guest from being made where they %s', async (_what, possible, text, code) => {
    const { create, toolstack, starts } = host(possible);
    await expect(create(text)).rejects.toMatchObject({ code });
    expect(starts).toEqual([]);
    expect(await toolstack.list()).toHaveLength(1);
    // What would end the create is told beside the plan.
    const { command, findings } = await toolstack.deviceModelCommand(await toolstack.plan({ text }));
    expect(command).not.toHaveProperty('restriction');
    expect(findings).toMatchObject([{ code, severity: 'error' }]);
  });

  it('are those of the user that the configuration names', async () => {
    const { create, asked } = host();
    await create(`${HVM}device_model_user = "dm-win"\n`);
    expect(asked[1]).toMatchObject({ program: QEMU, user: 'dm-win' });
  });

  it('are planned as they are given up', async () => {
    const { toolstack } = host();
    const plan = await toolstack.plan({ text: HVM });
    const { command, findings } = await toolstack.deviceModelCommand(plan);
    expect(command?.restriction).toEqual(ALL);
    expect(command?.argv).toContain('-xen-domid-restrict');
    expect(findings).toEqual([]);
  });

  it('are, on a simulated host, a user’s of its own', async () => {
    const { toolstack } = simulated();
    const { command } = await toolstack.deviceModelCommand(await toolstack.plan({ text: HVM }));
    expect(command?.restriction).toMatchObject({
      user: `${FIRST_DEVICE_MODEL_UID}+<domid>:${FIRST_DEVICE_MODEL_UID}+<domid>`,
    });
  });

  it('count files that it writes to', async () => {
    const { create } = host();
    const disks = 'disk = ["/boot/vmlinuz,raw,hda,w", "/boot/initrd,raw,hdc,r,devtype=cdrom"]\n';
    const { start } = await create(`${HVM}${disks}serial = ["pty", "file:/tmp/s"]\n`);
    expect(start?.writes).toEqual(['/boot/vmlinuz', '/tmp/s']);
  });
});

describe('a device model that is not there', () => {
  it('is named before anything is made', async () => {
    const text = `${HVM}device_model_override = "/opt/qemu"\n`;
    const { create, toolstack, starts } = host();
    await expect(create(text)).rejects.toMatchObject({
      code: 'DEVICE_MODEL_MISSING',
      message: expect.stringContaining('/opt/qemu'),
      hint: expect.stringMatching(/qemu-system-xen/),
    });
    expect(starts).toEqual([]);
    const { findings } = await toolstack.deviceModelCommand(await toolstack.plan({ text }));
    expect(findings).toMatchObject([{ code: 'DEVICE_MODEL_MISSING', severity: 'error' }]);
  });
});
