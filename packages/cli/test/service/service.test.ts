import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { command, type Exit } from '../support/command.js';
import { environment } from '../support/environment.js';
import { testHost, type TestHost } from '../support/host.js';
import { COMMAND } from '../support/paths.js';

jest.setTimeout(60_000);

let host: TestHost;
let socket: string;
let started: ChildProcess[];
beforeEach(() => {
  host = testHost();
  mkdirSync(join(host.directory, 'run'));
  socket = join(host.directory, 'run/service');
  started = [];
});
afterEach(async () => {
  await Promise.all(started.map(ended));
  host.remove();
});

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('close', () => {
      resolve();
    });
    child.kill('SIGKILL');
  });
}

/** A process of the command that stays, with what it has said. */
function staying(words: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = host.directory) {
  const child = spawn(process.execPath, [COMMAND, ...words], {
    env: environment({ XEN_IMAGE_SERVICE: socket, ...env }),
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let said = '';
  let told: (() => void) | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      told?.();
    });
  }
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      resolve(code);
      told?.();
    });
  });
  return {
    child,
    exit,
    said: () => said,
    async says(pattern: RegExp): Promise<void> {
      while (!pattern.test(said)) {
        if (child.exitCode !== null) throw new Error(`it ended after:\n${said}`);
        await new Promise<void>((resolve) => (told = resolve));
      }
    },
  };
}

async function serving(env: Readonly<Record<string, string>> = {}) {
  const service = staying(['serve'], env);
  await service.says(/^serving at /m);
  return service;
}

/** Runs a command line that may ask the service. */
const asking = (words: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): Promise<Exit> =>
  command(words, { XEN_IMAGE_SERVICE: socket, ...env }, cwd);

describe('a command line, where a service runs', () => {
  it('is carried out by the service, and says and answers what it does by itself', async () => {
    const service = await serving();
    const commands = [
      ['create', host.guest('web'), ...host.sim],
      ['create', host.guest('web'), ...host.sim],
      ['list', 'web', ...host.sim, '--json'],
      ['pause', 'web', ...host.sim],
      ['destroy', 'web', ...host.sim],
      ['destroy', 'web', ...host.sim, '--json'],
      ['create', '/absent.cfg', ...host.sim],
      ['create', '--nonsense'],
    ];
    const served: Exit[] = [];
    for (const words of commands) served.push(await asking(words));
    const alone: Exit[] = [];
    for (const words of commands) alone.push(await asking(words, { XEN_IMAGE_SERVICE: 'off' }));
    // A second domain has another domid, uuid and age.
    const same = (exit: Exit): unknown => ({
      ...exit,
      stdout: exit.stdout.replaceAll(/domid"?:? ?\d+|"(?:uuid|uptimeSeconds|createdAt)": [^\n]*/g, 'its own'),
      stderr: exit.stderr.replaceAll(/domid \d+/g, 'its own'),
    });
    expect(served.map(same)).toEqual(alone.map(same));
    expect(served.map(({ code }) => code)).toEqual([0, 1, 0, 0, 0, 1, 1, 2]);
    expect(service.said().match(/exit code/g)).toHaveLength(commands.length);
  });

  it('means its own directory and environment', async () => {
    const service = await serving({ XDG_STATE_HOME: '/absent' });
    host.guest('web');
    const env = { XDG_STATE_HOME: host.directory };
    const created = await asking(
      ['create', 'web.cfg', '--driver', 'sim', '--sim-state', 'own.json'],
      env,
      host.directory,
    );
    expect(created).toMatchObject({ code: 0, stderr: '' });
    expect((await asking(['list', '--driver', 'sim', '--sim-state', 'own.json'], env, host.directory)).stdout).toMatch(
      / web /,
    );
    expect((await asking(['list', '--driver', 'sim'], env)).stdout).toContain(host.directory);
    expect(service.said().match(/exit code 0/g)).toHaveLength(3);
  });

  it.each<readonly [string, readonly string[], Readonly<Record<string, string>>]>([
    ['asks for it', ['--no-service'], {}],
    ['asks for help', ['--help'], {}],
    ['looks for defects', [], { DEBUG: 'xen-image:nothing' }],
    ['has other options for Node', [], { NODE_OPTIONS: '--no-deprecation' }],
    ['names a file with plugins', ['--config', 'plugins.json'], {}],
  ])('is carried out by itself where it %s', async (_why, more, env) => {
    host.file('plugins.json', '{ "plugins": [] }');
    const service = await serving();
    const { code } = await asking(['create', host.guest('web'), ...host.sim, ...more], env, host.directory);
    expect(code).toBe(0);
    expect(service.said()).not.toMatch(/create/);
  });

  it('is carried out by itself in a directory that is gone', async () => {
    const gone = join(host.directory, 'gone');
    mkdirSync(gone);
    const words = ['list', ...host.sim].map((word) => `'${word}'`).join(' ');
    const script = `cd '${gone}' && rmdir '${gone}' && exec '${process.execPath}' '${COMMAND}' ${words}`;
    const { status, stderr } = spawnSync('sh', ['-c', script], {
      encoding: 'utf8',
      env: environment({ XEN_IMAGE_SERVICE: socket }),
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('is carried out by itself where plugins are listed for its directory', async () => {
    const service = await serving();
    host.file('xen-image.config.json', '{ "plugins": [] }');
    expect((await asking(['create', host.guest('web'), ...host.sim], {}, host.directory)).code).toBe(0);
    expect(service.said()).toMatch(/create .*: declined: plugins are listed in /);
    expect(service.said()).not.toMatch(/exit code/);
  });

  it('is looked at anew each time: a list of plugins that is new, or gone, decides at once', async () => {
    const service = await serving();
    const list = () => asking(['list', ...host.sim], {}, host.directory);
    await list();
    const plugins = host.file('xen-image.config.json', '{ "plugins": [] }');
    await list();
    rmSync(plugins);
    await list();
    const told = service.said().match(/exit code 0|declined: plugins are listed/g);
    expect(told).toEqual(['exit code 0', 'declined: plugins are listed', 'exit code 0']);
  });

  it('ends at once with Ctrl-C while its configuration is still read, and nothing is made', async () => {
    await host.used();
    const before = await host.inspect();
    const service = await serving();
    const config = join(host.directory, 'fifo.cfg');
    spawnSync('mkfifo', [config]);
    const create = staying(['create', config, ...host.sim]);
    // Opened for writing once somebody reads.
    const writer = await open(config, 'w');
    create.child.kill('SIGINT');
    expect(await create.exit).toBe(130);
    await writer.writeFile(readFileSync(host.guest('web')));
    await writer.close();
    await service.says(/fifo.cfg .*: exit code 130/);
    expect(await host.inspect()).toEqual(before);
  });

  it('is carried out by itself where whoever listens says nothing', async () => {
    const silent = createServer();
    await listening(silent);
    const { code, stdout } = await asking(['create', host.guest('web'), ...host.sim]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'created web (domid 1, simulated)\n' });
    silent.close();
  });

  it('does not ask at a place where others could have put something', async () => {
    const asked = jest.fn();
    const server = createServer(asked);
    await listening(server);
    chmodSync(join(host.directory, 'run'), 0o777);
    expect((await asking(['list', ...host.sim])).code).toBe(0);
    expect(asked).not.toHaveBeenCalled();
    server.close();
  });
});

describe('the systemd unit', () => {
  it('runs a command that exists, and lets device models live on', () => {
    const path = fileURLToPath(new URL('../../systemd/xen-image-serve.service', import.meta.url));
    const unit = readFileSync(path, 'utf8');
    expect(unit).toMatch(/^ExecStart=.* xen-image serve$/m);
    expect(unit).toMatch(/^KillMode=process$/m);
  });
});

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.listen(socket, resolve);
  });
}
