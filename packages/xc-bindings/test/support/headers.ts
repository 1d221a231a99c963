import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = fileURLToPath(new URL('../../.cache/', import.meta.url));

/** The version that Debian 12 has, and that the tables were run with. */
const VERSION = '4.17';

/**
 * The directory of Xen 4.17's own headers: those of libxen-dev where it is installed, else unpacked from the package into this
 * package's `.cache`.
 *
 * There is no way around them: the recording libraries are compiled against them, and the table is compared with them.
 * @throws Error that says what to install
 */
export function xenHeaders(): string {
  if (installedVersion() === VERSION) return '/usr/include';
  const unpacked = join(CACHE, 'libxen-dev');
  if (!existsSync(join(unpacked, 'usr/include/xenctrl.h'))) unpack(unpacked);
  return join(unpacked, 'usr/include');
}

function installedVersion(): string | undefined {
  try {
    const version = execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'libxen-dev'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return existsSync('/usr/include/xenctrl.h') ? /^\d+\.\d+/.exec(version)?.[0] : undefined;
  } catch {
    return undefined;
  }
}

function unpack(target: string): void {
  const work = join(CACHE, `download-${String(process.pid)}`);
  mkdirSync(join(work, 'root'), { recursive: true });
  try {
    execFileSync('apt-get', ['download', `libxen-dev=${VERSION}*`], { cwd: work, stdio: 'pipe' });
    const [file] = readdirSync(work).filter((name) => name.endsWith('.deb'));
    execFileSync('dpkg', ['-x', join(work, file ?? ''), join(work, 'root')], { stdio: 'pipe' });
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'root'), target);
  } catch (error) {
    if (existsSync(join(target, 'usr/include/xenctrl.h'))) return;
    const { stderr } = error as { stderr?: Buffer };
    const said = stderr === undefined ? String(error) : stderr.toString();
    throw new Error(`these tests need the headers of Xen ${VERSION}: apt-get install libxen-dev (Debian 12)\n${said}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
