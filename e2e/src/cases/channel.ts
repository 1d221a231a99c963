/** The channel into dom0: what a case relies on when it judges an exit code or an output. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case } from '../case.js';
import { runInDom0 } from '../channel.js';

/** The rig's channel. */
export const channelCases: readonly Case[] = [
  {
    name: 'a command gives its output, its errors and its exit code',
    run: async ({ host }) => {
      const { exitCode, stdout, stderr } = await host.run('cat; echo bad >&2; exit 7', { input: 'line\n' });
      deepEqual({ exitCode, stdout, stderr }, { exitCode: 7, stdout: 'line\n', stderr: 'bad\n' });
      equal((await host.run('kill -9 $$')).exitCode, 137);
      await rejects(host.must('echo why; exit 3'), /exit code 3 in dom0: echo why; exit 3\nwhy/);
    },
  },
  {
    name: 'a command past its time is killed with what it started',
    run: async ({ host }) => {
      await rejects(host.run('sleep 4321 & sleep 4321', { timeoutMs: 500 }), /not done in 500 ms/);
      await host.must('while pgrep -f "sleep 432[1]"; do sleep 0.2; done', { timeoutMs: 30_000 });
    },
  },
  {
    name: 'commands run side by side',
    run: async ({ host }) => {
      // Each ends once all have begun.
      const meet = (own: number): string =>
        `touch /tmp/side-${String(own)}; until [ $(ls /tmp/side-* | wc -l) -ge 4 ]; do sleep 0.1; done`;
      await Promise.all([1, 2, 3, 4].map((own) => host.must(meet(own), { timeoutMs: 30_000 })));
      await host.must('rm /tmp/side-*');
    },
  },
  {
    name: 'a file comes back as it went, with its execute bit',
    run: async ({ host }) => {
      const folder = await mkdtemp(join(tmpdir(), 'xen-image-e2e-'));
      try {
        const bytes = randomBytes(1_500_001);
        await writeFile(join(folder, 'there'), bytes, { mode: 0o755 });
        await host.push(folder, '/tmp/channel');
        await host.must('[ -x /tmp/channel/there ]');
        await host.pull('/tmp/channel/there', join(folder, 'back'));
        ok(bytes.equals(await readFile(join(folder, 'back'))));
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  },
  {
    name: 'the agent does nothing without its token',
    run: async ({ host }) => {
      await rejects(
        runInDom0({ port: host.address.port, token: 'guess' }, 'touch /tmp/guessed'),
        /connection to dom0 broke/,
      );
      await host.must('! [ -e /tmp/guessed ]');
    },
  },
];
