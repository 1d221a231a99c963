import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run } from '../support/run.js';
import { VECTORS } from '../support/paths.js';
import { testHost, type TestHost } from '../support/host.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(() => {
  host = testHost();
});
afterAll(() => {
  host.remove();
});

describe('list', () => {
  it('tells of a domain by name or by domid, and of one that is not there', async () => {
    await run(['create', host.guest('web'), ...host.sim]);
    expect((await run(['list', 'web', '0', '--json', ...host.sim])).json()).toMatchObject({
      domains: [{ name: 'web' }, { name: 'Domain-0' }],
    });
    const { code, stderr } = await run(['list', 'nobody', ...host.sim]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error \[DOMAIN_UNKNOWN\]: there is no domain "nobody"/);
  });
});

describe('handlers', () => {
  it('shows which plugin plans what', async () => {
    const { stdout } = await run(['handlers']);
    expect(stdout).toMatch(/^x86 +hvm +@xen-image\/handler-x86-hvm +- +hvm container, device model/m);
    expect(stdout).toMatch(/^ia64 +linux, pv +@xen-image\/handler-ia64/m);
    expect((await run(['handlers', '--json'])).json()).toMatchObject({
      command: 'handlers',
      handlers: [{ arch: 'ia64' }, { arch: 'ia64' }, { arch: 'x86' }, { arch: 'x86' }],
    });
  });
});

describe('recover', () => {
  it('has nothing to do where nothing was left', async () => {
    expect(await run(['recover', ...host.sim])).toMatchObject({
      code: 0,
      stdout: 'nothing is unfinished (simulated)\n',
    });
    expect((await run(['recover', '--json', ...host.sim])).json()).toMatchObject({ recovered: [] });
  });
});

describe('replay', () => {
  it('ends with the counts', async () => {
    const { code, stdout } = await run(['replay', VECTORS]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/\n534 passed, 0 failed\n$/);
  });

  it('shows what differs, and fails', async () => {
    const lines = readFileSync(VECTORS, 'utf8').split('\n').slice(0, 3);
    const wrong = (lines[1] ?? '').replace(/"requiredInitialReservationKib":\d+/, '"requiredInitialReservationKib":7');
    expect(wrong).not.toBe(lines[1]);
    const file = host.file('wrong.jsonl', [lines[0], wrong, lines[2]].join('\n'));
    const { code, stdout } = await run(['replay', file]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/wrong\.jsonl:2: /);
    expect(stdout).toMatch(/ {2}xend {2}7\n {2}here {2}\d+\n/);
    expect(stdout).toMatch(/\n2 passed, 1 failed\n$/);
    const json = await run(['replay', file, '--json']);
    expect(json.code).toBe(1);
    expect(json.json()).toMatchObject({ passed: 2, failed: 1, files: [{ differences: [{ line: 2, expected: 7 }] }] });
  });

  it('refuses what is no recording', async () => {
    expect((await run(['replay', host.file('junk.jsonl', '{}\n')])).stderr).toMatch(/error \[REPLAY_CASE_INVALID\]/);
    expect((await run(['replay', VECTORS, '--differences', 'many'])).code).toBe(2);
  });
});

describe('completion', () => {
  it('prints a script for bash and for zsh, and refuses other shells', async () => {
    expect((await run(['completion', 'bash'])).stdout).toMatch(/complete -F _xen_image xen-image\n$/);
    expect((await run(['completion', 'zsh'])).stdout).toMatch(/^#compdef xen-image\n/);
    expect(await run(['completion', 'tcsh'])).toMatchObject({ code: 2, stdout: '' });
  });
});
