import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { command, type Exit } from './support/command.js';
import { environment } from './support/environment.js';
import { testHost, type TestHost } from './support/host.js';
import { COMMAND, CUT_OFF } from './support/paths.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(() => {
  host = testHost();
});
afterAll(() => {
  host.remove();
});

describe('the built command', () => {
  it('plans', async () => {
    const { code, stdout, stderr } = await command(['plan', host.guest('web')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^web /);
    expect(stdout).not.toMatch(/\x1b/);
  });

  it('creates, lists and destroys on one simulated host in three processes', async () => {
    expect((await command(['create', host.guest('web'), ...host.sim])).stdout).toBe(
      'created web (domid 1, simulated)\n',
    );
    expect((await command(['list', ...host.sim])).stdout).toMatch(/ web /);
    expect((await command(['destroy', 'web', ...host.sim])).code).toBe(0);
  });

  it('keeps its simulated host under the state directory of its user', async () => {
    const env = { XDG_STATE_HOME: host.directory };
    const { stdout } = await command(['list', '--driver', 'sim'], env);
    expect(stdout).toContain(`${host.directory}/xen-image/sim.json`);
  });

  it('says what is wrong in its exit code and on stderr', async () => {
    const failed = await command(['plan', '/absent.cfg']);
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^xen-image: error \[CONFIG_FILE_MISSING\]/);
    expect((await command(['plan'])).code).toBe(2);
  });

  it('shows no colours where stdout is no terminal, whatever the environment says of colours', async () => {
    const { stdout } = await command(['plan', host.guest('web')], { FORCE_COLOR: '1', TERM: 'xterm-256color' });
    expect(stdout).not.toMatch(/\x1b/);
  });

  it('does not mind a reader that stops early', async () => {
    const child = spawn(process.execPath, [COMMAND, 'plan', host.guest('web')], {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

/** In the middle of a creation: it begins with fewer changes of the host's file, and comes to its end after more. */
const CHANGES = 8;

describe('a create that is cut off', () => {
  /** Creates a guest, and has a signal arrive once the host's file has changed a few times. */
  const cutOff = (signal: NodeJS.Signals): Promise<Exit> =>
    command(['create', host.guest('cut'), ...host.sim], {
      NODE_OPTIONS: `--require ${JSON.stringify(CUT_OFF)}`,
      CUT_OFF: JSON.stringify([host.sim[3], CHANGES, signal]),
    });

  it('by Ctrl-C undoes what was done, ends with 130, and leaves nothing', async () => {
    await host.used();
    const before = await host.inspect();
    const { code, stderr } = await cutOff('SIGINT');
    expect(code).toBe(130);
    expect(stderr).toMatch(/^xen-image: SIGINT: ending.*\n(xen-image: still.*\n)*xen-image: error \[ABORTED\]/);
    expect(await host.inspect()).toEqual(before);
  });

  it('by kill -9 is undone by the next recover', async () => {
    await host.used();
    const before = await host.inspect();
    expect(await cutOff('SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
    expect(await host.inspect()).not.toEqual(before);
    const recovered = await command(['recover', ...host.sim]);
    expect(recovered).toMatchObject({ code: 0, stderr: '' });
    expect(recovered.stdout).toMatch(/^an unfinished create of cut .*was undone/);
    expect(await host.inspect()).toEqual(before);
  });

  it('by kill -9 is undone by the next create, which says so', async () => {
    await host.used();
    const before = await host.inspect();
    expect(await cutOff('SIGKILL')).toMatchObject({ code: null, signal: 'SIGKILL' });
    const { code, stderr } = await command(['create', host.guest('next'), ...host.sim]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^xen-image: an unfinished create of cut .*was undone/);
    await command(['destroy', 'next', ...host.sim]);
    expect(await host.inspect()).toEqual(before);
  });
});
