import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { command } from './support/command.js';
import { environment } from './support/environment.js';
import { testHost, type TestHost } from './support/host.js';
import { COMMAND } from './support/paths.js';

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

/** What a creation begins with, looking for unfinished ones and a journal entry, changes the file less often. */
const CHANGES = 8;

describe('a create that is cut off', () => {
  /** Creates a guest, and has a signal arrive once the host's file has changed a few times. */
  async function cutOff(signal: NodeJS.Signals): Promise<{ code: unknown; ended: unknown; stderr: string }> {
    const child = spawn(process.execPath, [COMMAND, 'create', host.guest('cut'), ...host.sim], {
      env: environment(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let changes = 0;
    const watcher = watch(host.directory, (_event, file) => {
      if (file === 'sim.json' && ++changes === CHANGES) child.kill(signal);
    });
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const [code, ended] = await new Promise<[unknown, unknown]>((resolve) =>
      child.on('close', (...result) => {
        resolve(result);
      }),
    );
    watcher.close();
    return { code, ended, stderr };
  }

  /** Until the signal comes in time: it can come too late, and then the guest is there, whole. */
  async function cutOffInTime(signal: NodeJS.Signals): ReturnType<typeof cutOff> {
    let result = await cutOff(signal);
    for (let attempt = 0; attempt < 20 && result.code === 0; attempt++) {
      await command(['destroy', 'cut', ...host.sim]);
      result = await cutOff(signal);
    }
    return result;
  }

  it('by Ctrl-C undoes what was done, ends with 130, and leaves nothing', async () => {
    await host.used();
    const before = await host.inspect();
    const { code, stderr } = await cutOffInTime('SIGINT');
    expect(code).toBe(130);
    expect(stderr).toMatch(/^xen-image: SIGINT: ending.*\n(xen-image: still.*\n)*xen-image: error \[ABORTED\]/);
    expect(await host.inspect()).toEqual(before);
  });

  it('by kill -9 is undone by the next recover', async () => {
    await host.used();
    const before = await host.inspect();
    expect(await cutOffInTime('SIGKILL')).toMatchObject({ code: null, ended: 'SIGKILL' });
    expect(await host.inspect()).not.toEqual(before);
    const recovered = await command(['recover', ...host.sim]);
    expect(recovered).toMatchObject({ code: 0, stderr: '' });
    expect(recovered.stdout).toMatch(/^an unfinished create of cut .*was (undone|whole)/);
    if (recovered.stdout.includes('whole')) await command(['destroy', 'cut', ...host.sim]);
    expect(await host.inspect()).toEqual(before);
  });

  it('by kill -9 is undone by the next create, which says so', async () => {
    await host.used();
    const before = await host.inspect();
    expect(await cutOffInTime('SIGKILL')).toMatchObject({ ended: 'SIGKILL' });
    const { code, stderr } = await command(['create', host.guest('next'), ...host.sim]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^xen-image: an unfinished create of cut .*was (undone|whole)/);
    await command(['destroy', 'next', ...host.sim]);
    if (stderr.includes('whole')) await command(['destroy', 'cut', ...host.sim]);
    expect(await host.inspect()).toEqual(before);
  });
});
