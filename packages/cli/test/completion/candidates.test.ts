import { describe, expect, it, jest } from '@jest/globals';
import { candidates } from '../../src/completion/candidates.js';
import { run } from '../support/run.js';
import { testHost } from '../support/host.js';

jest.setTimeout(60_000);

describe('candidates', () => {
  it.each([
    ['commands first', [''], { words: expect.arrayContaining(['plan', 'create']), files: false }],
    ['files of plan', ['plan', ''], { files: true, words: [] }],
    ['no second file', ['plan', 'a.cfg', ''], { files: false, words: [] }],
    ['a file again where many are taken', ['replay', 'a.jsonl', ''], { files: true }],
    ['names of domains', ['destroy', ''], { domains: true }],
    ['values of an option', ['plan', '--profile', ''], { words: ['modern', 'xend'] }],
    ['a file as the value of an option', ['plan', '--host', ''], { files: true }],
    ['what stands after an option with its value', ['plan', '--profile', 'xend', ''], { files: true }],
    ['options of the command', ['plan', '--e'], { words: expect.arrayContaining(['--explain', '--json', '--help']) }],
    ['shells', ['completion', ''], { words: ['bash', 'zsh'] }],
  ])('are %s', (_, words, expected) => {
    expect(candidates(words)).toMatchObject(expected);
  });
});

describe('the answer to a completion script', () => {
  it('has what begins like the word', async () => {
    expect((await run(['__complete', 'pl'])).stdout).toBe('plan\n');
    expect((await run(['__complete', 'plan', '--wi'])).stdout).toBe('--without-devices\n');
    expect((await run(['__complete', 'plan', 'gu'])).stdout).toBe(':files\n');
  });

  it('has the domains of the host that the command line names', async () => {
    const host = testHost();
    await run(['create', host.guest('web'), ...host.sim]);
    expect((await run(['__complete', 'destroy', ...host.sim, 'w'])).stdout).toBe('web\n');
    host.remove();
  });

  it('is empty, not an error, where domains cannot be had', async () => {
    expect(await run(['__complete', 'destroy', ''])).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });
});
