import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { logLines, logPath, openLog } from '../../src/process/log-file.js';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-log-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const at = (name: string): string => join(directory, name);
/** Opens the log of `g` and closes it. */
function opened(generations: number): void {
  openLog(directory, 'g', generations).close();
}
/** What opening it fails with. */
function failure(generations: number): unknown {
  try {
    opened(generations);
    return undefined;
  } catch (error) {
    return error;
  }
}
/** Logs that are there, by their numbers, with what they hold. */
function logs(): Record<string, string> {
  return Object.fromEntries(
    readdirSync(directory).map((name) => [name.replace('qemu-dm-g.log', 'LOG'), readFileSync(at(name), 'utf8')]),
  );
}
function given(...names: string[]): void {
  for (const name of names) writeFileSync(at(name.replace('LOG', 'qemu-dm-g.log')), name);
}

describe('the log of a device model', () => {
  it('moves older ones on, and drops the oldest', () => {
    given('LOG', 'LOG.1', 'LOG.2', 'LOG.3');
    opened(3);
    expect(logs()).toEqual({ LOG: '', 'LOG.1': 'LOG', 'LOG.2': 'LOG.1', 'LOG.3': 'LOG.2' });
  });

  it('is begun anew where it is appended to and has 16 MiB', () => {
    given('LOG');
    truncateSync(at('qemu-dm-g.log'), 16 * 1024 * 1024 - 1);
    opened(0);
    expect(statSync(at('qemu-dm-g.log')).size).toBe(16 * 1024 * 1024 - 1);
    truncateSync(at('qemu-dm-g.log'), 64 * 1024 * 1024);
    const { from, close } = openLog(directory, 'g', 0);
    close();
    expect([from, logs()]).toEqual([0, { LOG: '' }]);
  });

  it('keeps gaps: a lone .3 becomes .4', () => {
    given('LOG.3');
    opened(10);
    expect(logs()).toEqual({ LOG: '', 'LOG.4': 'LOG.3' });
  });

  it('drops the oldest though none takes its place', () => {
    given('LOG', 'LOG.3');
    opened(3);
    expect(logs()).toEqual({ LOG: '', 'LOG.1': 'LOG' });
  });

  it('leaves alone what is beyond the count', () => {
    given('LOG', 'LOG.5');
    opened(2);
    expect(logs()).toEqual({ LOG: '', 'LOG.1': 'LOG', 'LOG.5': 'LOG.5' });
  });

  it('keeps one older log with a count of 1', () => {
    given('LOG', 'LOG.1');
    opened(1);
    expect(logs()).toEqual({ LOG: '', 'LOG.1': 'LOG' });
  });

  it('appends with a count of 0, and knows where this device model begins', () => {
    given('LOG', 'LOG.1');
    const { fd, close, from } = openLog(directory, 'g', 0);
    writeSync(fd, 'more');
    close();
    expect(from).toBe(3);
    expect(logs()).toEqual({ LOG: 'LOGmore', 'LOG.1': 'LOG.1' });
  });

  it.each([0, 2])('follows no symbolic link (count %i)', (generations) => {
    writeFileSync(at('precious'), 'precious');
    symlinkSync(at('precious'), at('qemu-dm-g.log'));
    if (generations === 0) {
      expect(failure(0)).toMatchObject({ code: 'DEVICE_MODEL_LOG', errno: 'ELOOP' });
    } else {
      opened(generations);
      expect(lstatSync(at('qemu-dm-g.log')).isSymbolicLink()).toBe(false);
    }
    expect(readFileSync(at('precious'), 'utf8')).toBe('precious');
  });

  it.each([0, 2])('writes to no other name of a file (count %i)', (generations) => {
    writeFileSync(at('precious'), 'precious');
    linkSync(at('precious'), at('qemu-dm-g.log'));
    if (generations === 0) expect(failure(0)).toMatchObject({ code: 'DEVICE_MODEL_LOG' });
    else {
      const { fd, close } = openLog(directory, 'g', generations);
      writeSync(fd, 'output');
      close();
    }
    expect(readFileSync(at('precious'), 'utf8')).toBe('precious');
  });

  it('refuses a pipe and a directory in its place, without waiting', () => {
    mkdirSync(at('qemu-dm-g.log'));
    expect(failure(0)).toMatchObject({ code: 'DEVICE_MODEL_LOG', errno: 'EISDIR' });
  });

  it('is private, whatever the umask', () => {
    for (const umask of [0, 0o22, 0o777]) {
      const before = process.umask(umask);
      try {
        opened(3);
      } finally {
        process.umask(before);
      }
      expect(lstatSync(at('qemu-dm-g.log')).mode & 0o7777).toBe(0o600);
    }
  });

  it('names the errno where it may not write there', () => {
    chmodSync(directory, 0o555);
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      expect(failure(3)).toMatchObject({ code: 'DEVICE_MODEL_LOG', errno: 'EACCES' });
    } finally {
      if (root) process.seteuid?.(0);
    }
  });

  it.each(['../../etc/cron.d/x', 'a/b', '/etc/passwd', 'a\0b'])('takes %j for no name', (name) => {
    expect(() => logPath(directory, name)).toThrow(TypeError);
  });

  it.each(['..', '.', '-rf', ' '])('keeps the name %j inside its directory', (name) => {
    expect(logPath('/var/log/xen', name)).toBe(`/var/log/xen/qemu-dm-${name}.log`);
  });

  it('is read from its end, whatever its size', () => {
    writeFileSync(at('big'), `first\n${'x'.repeat(1000)}\n`.repeat(1000) + 'a\n\nb\nlast');
    const lines = logLines(at('big'));
    expect(lines).toHaveLength(20);
    expect(lines.slice(-3)).toEqual(['a', 'b', 'last']);
    expect(logLines(at('none'))).toEqual([]);
  });
});
