import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { command, type Exit } from './support/command.js';
import { testHost, type TestHost } from './support/host.js';

jest.setTimeout(120_000);

const PASSWORD = 'pl4ntedpw';
const COOKIE = 'pl4ntedcookie';

let host: TestHost;
let config: string;
const said: [string, Exit][] = [];

/** Runs a command that is to tell as much as it can. */
async function tell(words: readonly string[]): Promise<Exit> {
  const env = { DEBUG: '*', XAUTHORITY: host.file('Xauthority', COOKIE), DISPLAY: ':0' };
  const exit = await command(words, env);
  said.push([words.join(' '), exit]);
  return exit;
}

beforeAll(async () => {
  host = testHost();
  const lines = (profile: string): string =>
    `name = "${profile}"\ntype = "hvm"\nmemory = 64\nvnc = 1\nvncpasswd = "${PASSWORD}"\nserial = "pty"\n`;
  config = host.file('secret.cfg', lines('planted'));
  for (const profile of ['modern', 'xend']) {
    for (const form of [[], ['--json'], ['--explain', '--debug']])
      await tell(['plan', config, '--profile', profile, ...form]);
  }
  await tell(['create', config, ...host.sim]);
  await tell(['create', config, ...host.sim, '--json', '--debug']);
  for (const asked of ['list', 'recover'])
    for (const form of [[], ['--json']]) await tell([asked, ...host.sim, ...form]);
  const broken = [
    ['not closed', `${lines('broken')}disk = [ "phy:/dev/a,xvda,w\n`],
    ['on the line itself', `name = "b"\nvncpasswd = "${PASSWORD}" x\n`],
    ['of the wrong kind', `name = "b"\ntype = "hvm"\nmemory = 64\nvnc = 1\nvncpasswd = [ "${PASSWORD}" ]\n`],
    ['too long', `name = "b"\ntype = "hvm"\nmemory = 64\nvnc = 1\nvncpasswd = "${PASSWORD.repeat(40)}"\n`],
    [
      'in a frame buffer',
      `name = "b"\nmemory = 64\nkernel = "/absent"\nvfb = [ "vnc=1,vncpasswd=${PASSWORD},oops" ]\n`,
    ],
    ['with other options', `name = "b"\ntype = "hvm"\nmemory = 64\nvnc = 1\nspice = 1\nspicepasswd = "${PASSWORD}"\n`],
  ] as const;
  for (const [name, text] of broken) {
    const file = host.file(`${name}.cfg`, text);
    for (const form of [[], ['--json'], ['--debug']]) await tell(['create', file, ...host.sim, ...form]);
  }
});
afterAll(() => {
  host.remove();
});

/** Every file below the host's directory, the configurations and the cookie apart. */
function filesWritten(): string[] {
  return readdirSync(host.directory, { recursive: true, encoding: 'utf8' })
    .map((name) => join(host.directory, name))
    .filter((path) => statSync(path).isFile() && !/\.cfg$|Xauthority$/.test(path));
}

describe('a planted secret', () => {
  it('was there to be told', () => {
    const created = said.find(([words]) => words.startsWith('create'))!;
    expect(created[1]).toMatchObject({ code: 0 });
    expect(created[1].stderr).not.toBe('');
    expect(said.filter(([, { code }]) => code !== 0).length).toBeGreaterThan(6);
  });

  it.each([
    ['password', PASSWORD],
    ['cookie', COOKIE],
  ])('is in no output of any command, with all debug output on: the %s', (_what, secret) => {
    const telling = said.filter(([, { stdout, stderr }]) => (stdout + stderr).includes(secret));
    expect(telling.map(([words, { stdout, stderr }]) => [words, /.*pl4nted.*/.exec(stdout + stderr)?.[0]])).toEqual([]);
  });

  it('is kept where a restart needs it, readable by its owner alone, and nowhere else', () => {
    const holding = filesWritten().filter((path) => /pl4nted/.test(readFileSync(path, 'latin1')));
    expect(holding).not.toEqual([]);
    for (const path of holding) {
      expect(path.slice(host.directory.length)).toMatch(/^\/sim\.json\.domains\/[0-9a-f-]{36}\.json$/);
    }
    for (const path of holding) expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('is in no node of xenstore, and on no command line', async () => {
    expect(JSON.stringify(await host.inspect())).not.toMatch(/pl4nted/);
  });
});
