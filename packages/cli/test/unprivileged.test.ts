import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { environment } from './support/environment.js';
import { testHost, type TestHost } from './support/host.js';
import { COMMAND } from './support/paths.js';

jest.setTimeout(60_000);

const NOBODY = 65534;
const asRoot = process.getuid?.() === 0 ? it : it.skip;

let host: TestHost;
beforeAll(() => {
  host = testHost();
  chmodSync(host.directory, 0o755);
});
afterAll(() => {
  host.remove();
});

/** Runs the command as a user without any right. */
function asNobody(...words: string[]): Promise<Said> {
  return asNobodyWith({}, ...words);
}

interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function asNobodyWith(env: Readonly<Record<string, string>>, ...words: string[]): Promise<Said> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, ...words], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      env: environment({ HOME: '/nonexistent', ...env }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, ...said });
    });
  });
}

describe('a user without rights', () => {
  asRoot('plans', async () => {
    const { code, stdout } = await asNobody('plan', host.guest('web'));
    expect({ code, plan: stdout.split('\n')[0] }).toMatchObject({ code: 0, plan: expect.stringMatching(/^web /) });
  });

  asRoot('is told of the command itself where the place of a service may not be looked into', async () => {
    const closed = join(host.directory, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    const { stderr } = await asNobodyWith({ XEN_IMAGE_SERVICE: join(closed, 'service') }, 'list');
    expect(stderr).toMatch(/^xen-image: error \[NOT_A_DOM0\]/);
  });

  asRoot('is told by doctor which rights are lacking, and for what', async () => {
    const { code, stdout } = await asNobody('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/failed +rights +user 65534: .*privcmd/);
  });

  asRoot.each([['list'], ['console', 'x'], ['destroy', 'x'], ['shutdown', 'x'], ['recover']])(
    'is refused %s with a code and a hint, on a machine that is no dom0',
    async (...words) => {
      const { code, stdout, stderr } = await asNobody(...words);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^xen-image: error \[[A-Z0-9_]+\]: .*\n +hint: /s);
    },
  );
});
