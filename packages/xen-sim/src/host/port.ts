import { XenImageError, type Host, type HostFacts, type PathKind } from '@xen-image/core';
import type { Machine } from '../hypervisor/machine.js';
import type { Session } from '../ports/session.js';
import { kibOf } from '../units.js';
import type { FileView } from './files.js';

/** What a simulated host says of itself beside what its machine knows. */
export interface HostWorld {
  readonly files: FileView;
  readonly options: HostFacts['options'];
  readonly bridges: readonly string[];
  readonly clock: () => HostFacts['clock'];
}

/** As many of the latest messages are kept. */
const MOST_WARNINGS = 1000;

/** The host: its facts, and the files that it sees. */
export function hostPort(session: Session, world: HostWorld): Host {
  const { files } = world;
  return {
    facts: () => session.read((machine) => factsOf(machine, world)),
    capabilities: () => session.read((machine) => machine.settings.capabilities),
    async pathKind(path): Promise<PathKind> {
      const isFifo = await session.read(({ posix }) => posix.fifos.has(path));
      return isFifo ? 'other' : (await files.look(path)).kind;
    },
    async removeFile(path) {
      const wasFifo = await session.write(({ posix }) => posix.fifos.delete(path));
      if (wasFifo) return;
      await files.remove(path).catch((error: unknown) => {
        throw removeFailed(path, error);
      });
    },
    warn(message) {
      void session.write(({ warnings }) => {
        warnings.push(message);
        if (warnings.length > MOST_WARNINGS) warnings.shift();
      });
    },
  };
}

function factsOf({ settings, frames }: Machine, { options, bridges, clock }: HostWorld): HostFacts {
  return {
    arch: settings.arch,
    hypervisor: { version: settings.version, capabilities: settings.capabilities, hap: settings.hap },
    clock: clock(),
    options,
    bridges,
    totalMemoryKib: settings.memoryKib,
    freeMemoryKib: kibOf(frames.freeFrames),
    cpus: settings.cpus,
  };
}

function removeFailed(path: string, error: unknown): XenImageError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  return new XenImageError('FILE_REMOVE_FAILED', `cannot remove ${path}: ${code}`, {
    call: 'unlink',
    errno: code,
    data: { path },
    cause: error,
  });
}
