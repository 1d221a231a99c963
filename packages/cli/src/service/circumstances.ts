import { readFileSync, readlinkSync, statSync } from 'node:fs';
import type { Circumstances } from './protocol.js';

/** The root directory and the mounts of this process, in a form that can be compared. */
function filesSeen(): string {
  const { dev, ino } = statSync('/');
  let mounts: string;
  try {
    mounts = readlinkSync('/proc/self/ns/mnt');
  } catch {
    mounts = 'unknown';
  }
  return `${dev}:${ino} ${mounts}`;
}

/** Node reads the mask by changing it. */
function umaskNow(): number {
  const [, octal] = /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? [];
  return octal === undefined ? 0o022 : Number.parseInt(octal, 8);
}

/** Those of this process. */
export function ownCircumstances(): Circumstances {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;
  return { cwd: process.cwd(), umask: umaskNow(), env, files: filesSeen() };
}

/** The service's own directory may be gone by the time it comes back. */
function giveBack(own: Circumstances): void {
  try {
    take(own);
  } catch {
    take({ ...own, cwd: '/' });
  }
}

function take({ cwd, umask, env }: Circumstances): void {
  process.chdir(cwd);
  process.umask(umask);
  for (const name of Object.keys(process.env)) if (!(name in env)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, env);
}

/**
 * Lets several command lines run in this process at once, each as if in the process that asked: relative paths, modes of
 * new files and the environment of device models are the process's own. So those that run at one time must agree in them.
 */
export class SharedCircumstances {
  readonly #own = ownCircumstances();
  #current = '';
  #users = 0;

  /** Takes the circumstances of a command line until the returned function is called; why not, where it cannot be. */
  enter(wanted: Circumstances): (() => void) | string {
    if (wanted.files !== this.#own.files) return 'it sees other files';
    const key = JSON.stringify([wanted.cwd, wanted.umask, Object.entries(wanted.env).sort()]);
    if (this.#users > 0 && key !== this.#current) {
      return 'commands run here in another directory, or with another environment';
    }
    if (this.#users === 0) {
      try {
        take(wanted);
      } catch (error) {
        giveBack(this.#own);
        return `its directory cannot be entered: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`;
      }
    }
    this.#current = key;
    this.#users += 1;
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#users -= 1;
      // A directory that somebody is in keeps its file system mounted.
      if (this.#users === 0) giveBack(this.#own);
    };
  }
}
