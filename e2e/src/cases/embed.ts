/** The toolstack of one file of `examples/`, as an embedder runs it in dom0. */
import { equal, match } from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from '../case.js';
import { settledState, untilAsBefore } from '../dom0-state.js';
import { consoleLog, untilPrinted } from '../guest.js';
import { REPO_DIR } from '../paths.js';
import { PROJECT_DIR } from '../project.js';

/** The name that the example gives its guest. */
const NAME = 'minimal';

export const embedCases: readonly Case[] = [
  {
    name: 'an embedder’s toolstack of one file creates a PV guest, sees it power off, and leaves nothing',
    timeoutMs: 400_000,
    async run(tools) {
      const { host } = tools;
      const module = `${PROJECT_DIR}/embed-minimal.mjs`;
      const source = await readFile(join(REPO_DIR, 'examples/embed-minimal/index.js'), 'utf8');
      await host.must(`cat > ${module}`, { input: source });
      const before = await settledState(host);
      const running = host.run(`node ${module} /boot/vmlinux /boot/guest.img`, { timeoutMs: 300_000 });
      await untilPrinted(tools, consoleLog({ name: NAME, type: 'pv' }), 'GUEST-UP', 240_000);
      await host.must(`xen-image shutdown ${NAME}`, { timeoutMs: 120_000 });
      const { exitCode, stdout, stderr } = await running;
      equal(exitCode, 0, stderr);
      match(stdout, /^run: run$/m);
      match(stdout, /^minimal runs as domain \d+$/m);
      match(stdout, /^minimal has ended: poweroff$/m);
      await untilAsBefore(host, before);
    },
  },
];
