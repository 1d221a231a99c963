import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { Toolstack } from '@xen-image/core';
import { isDom0 } from '../toolstack/dom0.js';
import type { Probes } from './probes.js';

/** The machine this runs on. Libraries are loaded by the first probe that needs them. */
export async function hostProbes(): Promise<Probes> {
  const { libxcPlugins } = await import('../toolstack/libxc.js');
  const { ABI_TABLES, openLibraries, runningVersion, TESTED_VERSIONS, versionText } =
    await import('@xen-image/xc-bindings');
  const { openForeign } = await import('@xen-image/ffi');
  const { connectXenStore } = await import('@xen-image/xenstore');
  // Looking is safe with a table that was never run: what it is used for changes nothing.
  const toolstack = new Toolstack({ plugins: libxcPlugins({ allowUntestedAbi: true }) });
  return {
    nodeVersion: process.versions.node,
    euid: process.geteuid?.() ?? -1,
    isDom0: () => Promise.resolve(isDom0()),
    xenVersion: async () => versionText(await runningVersion(() => openForeign())),
    abi: { known: ABI_TABLES.map(({ version }) => version), tested: [...TESTED_VERSIONS] },
    libraries: async () => (await openLibraries({ allowUntestedAbi: true })).files,
    facts: () => toolstack.hostFacts(),
    physicalMemory: () => toolstack.physicalMemory(),
    xenstore: async () => {
      const client = await connectXenStore();
      try {
        return await client.readMaybe('/local/domain/0/name');
      } finally {
        client.close();
      }
    },
    runs,
    isThere: existsSync,
    restriction: (program) => toolstack.possibleRestriction(program),
    unfinished: async () => (await toolstack.journal()).length,
    isSupervised: () => toolstack.isSupervised(),
  };
}

/** Whether a process has this name, as the kernel keeps it: its first 15 bytes. */
async function runs(program: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
  return names.some((name) => name.trim() === program.slice(0, 15));
}
