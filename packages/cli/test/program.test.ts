import { describe, expect, it, jest } from '@jest/globals';
import { COMMANDS } from '../src/commands/table.js';
import { run } from './support/run.js';

jest.setTimeout(60_000);

describe('help', () => {
  it('lists every command', async () => {
    const { code, stdout, stderr } = await run(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const { name, summary } of COMMANDS)
      expect(stdout).toMatch(new RegExp(`^  ${name} .*${summary.slice(0, 20)}`, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 done/);
  });

  it.each(COMMANDS.map(({ name }) => name))(
    'of %s has its options, those of all commands, and an example',
    async (name) => {
      const { code, stdout } = await run([name, '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`^Usage: xen-image ${name} .*\\[options\\]\n`));
      expect(stdout).toMatch(/--json /);
      expect(stdout.match(/--json {2,}/g)).toHaveLength(1);
      expect(stdout).toMatch(new RegExp(`\nExamples?:\n(?:.*\n)*?  .*xen-image ${name}`));
    },
  );
});

describe('the version', () => {
  it.each([[['--version']], [['-V']], [['--version', '--quiet']]])('is printed for %p', async (words) => {
    expect(await run(words)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^xen-image \d+\.\d+\.\d+/) });
  });
});

describe('a wrong command line', () => {
  it.each([
    ['no command', [], /no command was given/],
    ['an unknown command', ['paln'], /unknown command 'paln'/],
    ['an unknown option', ['plan', 'x', '--explian'], /unknown option '--explian'.*--explain/s],
    ['a missing argument', ['destroy'], /missing required argument 'DOMAIN'/],
    ['an argument too many', ['destroy', 'a', 'b'], /too many arguments/],
    ['a value that is none of those known', ['list', '--driver', 'kvm'], /kvm.*libxc, sim/],
    ['an option without its value', ['plan', 'x', '--host'], /--host/],
  ])('%s ends with code 2, one clear line and a hint', async (_, words, message) => {
    const { code, stdout, stderr } = await run(words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^xen-image: error \[USAGE\]: /);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\n {2}hint: xen-image .*--help /);
  });

  it('is a coded object with --json', async () => {
    const { code, stdout, stderr } = await run(['plan', '--json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ command: 'plan', error: { code: 'USAGE' } });
  });
});

describe('options of all commands', () => {
  it('may stand before the command or after it', async () => {
    for (const words of [
      ['--json', 'handlers'],
      ['handlers', '--json'],
    ]) {
      expect((await run(words)).json()).toMatchObject({ command: 'handlers' });
    }
  });
});

describe('--debug', () => {
  it('alone shows stack traces', async () => {
    const words = ['plan', '/absent/guest.cfg'];
    expect((await run(words)).stderr).not.toMatch(/\n +at /);
    expect((await run([...words, '--debug'])).stderr).toMatch(/\n +at /);
  });
});
