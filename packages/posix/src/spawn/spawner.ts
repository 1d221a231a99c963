import { closeSync } from 'node:fs';
import type { ProgramStart, StartedProgram } from '@xen-image/core';
import { failed, systemError, type Failure, type System } from '../system.js';
import { spawnByNode } from './by-node.js';
import { endOfChild } from './ended.js';
import { openNativeSpawn, type NativeSpawn } from './native.js';
import { refuseNul } from './nul.js';
import { searched } from './search.js';
import { withUmask } from './umask.js';

/** Starts programs: by posix_spawn(3) where their ends can be watched, else as Node does. */
export type Spawner = (start: ProgramStart) => Promise<StartedProgram>;

/** Chooses the way once for all. In a worker thread, where no descriptor can be watched, it is Node's. */
export function createSpawner(system: System): Spawner {
  const canWatch = system.foreign.supports.fdWatch && hasPidfds(system);
  const native = canWatch ? openNativeSpawn(system.foreign) : undefined;
  return async (start) => {
    refuseNul(start);
    const outcome = native === undefined ? await spawnByNode(start) : spawnNatively(system, native, start);
    if (!failed(outcome)) return outcome;
    throw systemError(outcome, `${start.program} cannot be executed`, { program: start.program });
  };
}

/** Linux has them since 5.3; what confines this process may refuse them. */
function hasPidfds(system: System): boolean {
  const own = system.pidfdOpen(process.pid);
  if (failed(own)) return false;
  closeSync(own);
  return true;
}

function spawnNatively(system: System, native: NativeSpawn, start: ProgramStart): StartedProgram | Failure {
  const { program, args, descriptors } = start;
  const variables = Object.entries(start.environment).filter(([, value]) => value !== undefined);
  const environment = variables.map(([name, value]) => `${name}=${String(value)}`);
  const pid = withUmask(start.umask, () =>
    searched(program, start.environment['PATH'], (path) =>
      native.start(path, { args: [program, ...args], environment, descriptors }),
    ),
  );
  return failed(pid) ? pid : { pid, ended: endOfChild(system, native, pid) };
}
