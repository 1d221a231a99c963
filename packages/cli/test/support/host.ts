import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulator, type HostSnapshot } from '@xen-image/xen-sim';
import { run } from './run.js';

/** A directory with a simulated host, a kernel and configurations. */
export interface TestHost {
  readonly directory: string;
  /** A kernel that the simulator takes. */
  readonly kernel: string;
  /** Options that name the host. */
  readonly sim: readonly string[];
  /** Writes a file and answers its path. */
  file(name: string, content: string | Uint8Array): string;
  /** A small PV guest's configuration. */
  guest(name: string, more?: string): string;
  /** The whole state of the host. */
  inspect(): Promise<HostSnapshot>;
  /** The host has had a guest: the index of names is there, which stays. */
  used(): Promise<void>;
  remove(): void;
}

export function testHost(): TestHost {
  const directory = mkdtempSync(join(tmpdir(), 'xen-image-cli-'));
  const stateFile = join(directory, 'sim.json');
  const file = (name: string, content: string | Uint8Array): string => {
    const path = join(directory, name);
    writeFileSync(path, content);
    return path;
  };
  const kernel = file('vmlinux', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(64 * 1024)]));
  return {
    directory,
    kernel,
    sim: ['--driver', 'sim', '--sim-state', stateFile],
    file,
    guest: (name, more = '') =>
      file(`${name}.cfg`, `name = ${JSON.stringify(name)}\nmemory = 64\nkernel = "${kernel}"\n${more}\n`),
    async inspect() {
      const simulator = openSimulator({ stateFile });
      try {
        return await simulator.inspect();
      } finally {
        simulator.close();
      }
    },
    async used() {
      await run(['create', this.guest('first'), ...this.sim]);
      await run(['destroy', 'first', ...this.sim]);
    },
    remove() {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
