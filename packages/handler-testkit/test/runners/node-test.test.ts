import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const folder = dirname(fileURLToPath(import.meta.url));

/** Runs a file of tests with Node's own runner. */
function nodeTest(file: string) {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', join(folder, file)], {
    env,
    encoding: 'utf8',
  });
  const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1]);
  const failed = [...stdout.matchAll(/^ *not ok \d+ - (.*)$/gm)].map(([, name]) => name);
  return { status, passes: count('pass'), failures: count('fail'), failed };
}

describe('the suite under node:test', () => {
  it('passes a handler that is as it should be', () => {
    const { status, passes, failures } = nodeTest('sound.mjs');
    expect({ status, failures }).toEqual({ status: 0, failures: 0 });
    expect(passes).toBeGreaterThan(35);
  });

  it('fails one that is not, in the test that looks for it', () => {
    const { status, failed } = nodeTest('unsound.mjs');
    expect(status).toBe(1);
    expect(failed).toEqual(['modern: no clock, chance, environment, file, process or network is looked at']);
  });
});
