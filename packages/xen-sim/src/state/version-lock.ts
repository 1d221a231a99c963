import { readlinkSync, symlinkSync, unlinkSync } from 'node:fs';

/**
 * The right to write one version of a file, held by one process at a time.
 *
 * It is a symbolic link beside the file, named by the version, whose target names its holder: made in one step with
 * its content. The link of a holder that died is never removed to be made anew, which two processes could do at once;
 * it is outbid by the next number, and all of them go once the version is written. A latecomer that takes the link of a
 * version written meanwhile sees so when it looks at the version again, which every holder does first. So links of the
 * version before are of no use to anybody, and whoever gets the next one clears them away.
 */
export interface VersionLock {
  /** Whether it was got; else a process that lives has it. */
  readonly got: boolean;
  /** Removes the link and those that it outbid. */
  release(): void;
}

/** More dead holders of one version than any host sees. */
const MOST_DEAD = 1000;

/**
 * Tries to get the right to write a version.
 *
 * @param isAlive - whether a holder still lives
 */
export function lockVersion(
  file: string,
  version: number,
  holder: string,
  isAlive: (holder: string) => boolean,
): VersionLock {
  const links: string[] = [];
  for (let attempt = 0; attempt < MOST_DEAD; attempt += 1) {
    const link = `${file}.${version}.${attempt}`;
    links.push(link);
    if (make(link, holder)) {
      for (let old = 0; remove(`${file}.${version - 1}.${old}`); old += 1);
      return {
        got: true,
        release() {
          for (const made of links) remove(made);
        },
      };
    }
    const present = read(link);
    if (present === undefined || isAlive(present)) break;
  }
  return { got: false, release: () => undefined };
}

function make(link: string, holder: string): boolean {
  try {
    symlinkSync(holder, link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** The holder; `undefined` where the link went meanwhile. */
function read(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Removes a link; answers whether there was one. */
function remove(link: string): boolean {
  try {
    unlinkSync(link);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
