import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from '@jest/globals';

/** A directory of its own for each test; call the answer for a path in it. */
export function temporaryDirectory(): (name: string) => string {
  let directory = '';
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'xen-image-posix-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return (name) => join(directory, name);
}
