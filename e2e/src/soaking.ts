/** Creating and destroying without pause in dom0, with the installed packages: `soak/xen.mjs`. */
import { join } from 'node:path';
import type { Host } from './host.js';
import { REPO_DIR } from './paths.js';
import { PROJECT_DIR } from './project.js';

/** What a soak answers. */
export interface Soaked {
  readonly seconds: number;
  /** Guests that were created and destroyed. */
  readonly domains: number;
  readonly perSecond: number;
  /** Counts while there are no guests; `growth` is that of 1,000 domains. */
  readonly rows: readonly {
    readonly name: string;
    readonly first: number;
    readonly last: number;
    readonly growth: number;
    readonly flat: boolean;
  }[];
}

/** Soaks a host that has the project. */
export async function soak(host: Host, seconds: number): Promise<Soaked> {
  await host.push(join(REPO_DIR, 'soak'), `${PROJECT_DIR}/soak`);
  const command = `node --expose-gc ${PROJECT_DIR}/soak/xen.mjs --seconds ${String(seconds)}`;
  return JSON.parse(await host.must(command, { timeoutMs: seconds * 2000 + 300_000 })) as Soaked;
}
