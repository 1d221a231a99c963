import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run } from '../support/run.js';
import { testHost, type TestHost } from '../support/host.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(() => {
  host = testHost();
});
afterAll(() => {
  host.remove();
});

/** Commands as processes of their own would be: each opens the host's file anew. */
describe('a guest from create to destroy', () => {
  it('is created, listed, paused, unpaused and destroyed by commands that share one host', async () => {
    await host.used();
    const before = await host.inspect();
    const created = await run(['create', host.guest('web'), ...host.sim]);
    expect(created).toMatchObject({ code: 0, stdout: 'created web (domid 2, simulated)\n', stderr: '' });

    const listed = await run(['list', ...host.sim]);
    expect(listed.stdout).toMatch(/^simulated host, kept in .*sim\.json\n/);
    expect(listed.stdout).toMatch(/^ +2 {2}web +pv +running +64 +1\/1 /m);

    expect(await run(['pause', 'web', ...host.sim])).toMatchObject({ code: 0, stdout: 'paused web (simulated)\n' });
    expect((await run(['list', 'web', ...host.sim])).stdout).toMatch(/ paused /);
    expect(await run(['unpause', '2', ...host.sim])).toMatchObject({ code: 0, stdout: 'unpaused 2 (simulated)\n' });

    const destroyed = await run(['destroy', 'web', ...host.sim]);
    expect(destroyed).toMatchObject({ code: 0, stdout: 'destroyed web (domid 2, simulated)\n' });
    expect(await host.inspect()).toEqual(before);
  });

  it('can be left paused', async () => {
    await run(['create', host.guest('still'), '--paused', ...host.sim]);
    expect((await run(['list', 'still', '--json', ...host.sim])).json()).toMatchObject({
      simulated: true,
      domains: [{ name: 'still', paused: true }],
    });
    await run(['destroy', 'still', ...host.sim]);
  });

  it('answers in JSON on demand', async () => {
    const created = await run(['create', host.guest('json'), '--json', ...host.sim]);
    expect(created.json()).toMatchObject({
      command: 'create',
      simulated: true,
      paused: false,
      domain: { name: 'json', results: { storePort: 1 } },
      warnings: [],
    });
    const destroyed = await run(['destroy', 'json', '--json', ...host.sim]);
    expect(destroyed.json()).toMatchObject({ command: 'destroy', simulated: true, domain: { name: 'json' } });
  });
});

describe('create refuses', () => {
  it('a name that is taken', async () => {
    await run(['create', host.guest('twice'), ...host.sim]);
    const second = await run(['create', host.guest('twice'), ...host.sim]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^xen-image: error \[NAME_TAKEN\]/);
    await run(['destroy', 'twice', ...host.sim]);
  });

  it('a guest with devices that nothing sets up a back end for, unless told to leave them out', async () => {
    const file = host.guest('devices', 'vif = ["bridge=xenbr0"]');
    const refused = await run(['create', file, ...host.sim]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/^xen-image: error \[DEVICE_UNSUPPORTED\]: .*devices\.cfg:4:8: /m);
    const created = await run(['create', file, '--without-devices', ...host.sim]);
    expect(created).toMatchObject({ code: 0 });
    await run(['destroy', 'devices', ...host.sim]);
  });

  it('to act on a machine that is no dom0, with a hint', async () => {
    const refused = await run(['create', host.guest('nowhere')]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/error \[NOT_A_DOM0\].*\n {2}hint: .*--driver sim/);
  });
});

describe('what create says beside its answer', () => {
  it('goes to stderr, and not with --quiet', async () => {
    const file = host.guest('odd', 'memry = 3');
    const loud = await run(['create', file, ...host.sim]);
    expect(loud.stderr).toMatch(/warning \[CONFIG_OPTION_UNKNOWN\]: .*odd\.cfg:4:1: .*\n {4}hint: .*memory/);
    await run(['destroy', 'odd', ...host.sim]);
    const quiet = await run(['create', file, '--quiet', ...host.sim]);
    expect(quiet).toMatchObject({ code: 0, stderr: '' });
    await run(['destroy', 'odd', ...host.sim]);
  });
});

describe('destroy', () => {
  it('refuses a domain that is not there, and domain 0', async () => {
    expect((await run(['destroy', 'nobody', ...host.sim])).stderr).toMatch(/error \[DOMAIN_UNKNOWN\]/);
    expect((await run(['destroy', '0', ...host.sim])).stderr).toMatch(/error \[DOMAIN_PROTECTED\]/);
  });
});
