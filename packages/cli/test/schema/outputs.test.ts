import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OUTPUT_SCHEMAS, planSchema } from '@xen-image/core/schema';
import { run } from '../support/run.js';
import { testHost, type TestHost } from '../support/host.js';
import { EXAMPLES, VECTORS } from '../support/paths.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(() => {
  host = testHost();
});
afterAll(() => {
  host.remove();
});

/** Runs with `--json` and checks the document, in which the schemas allow no key beyond their own. */
async function checked(
  schema: keyof typeof OUTPUT_SCHEMAS,
  words: readonly string[],
): Promise<Record<string, unknown>> {
  const { stdout } = await run([...words, '--json']);
  const document: unknown = JSON.parse(stdout);
  expect(OUTPUT_SCHEMAS[schema].safeParse(document).error).toBeUndefined();
  return document as Record<string, unknown>;
}

describe('every document is as its schema says', () => {
  it('of a domain from create to destroy', async () => {
    await checked('create', ['create', host.guest('web'), ...host.sim]);
    const hvm = host.file(
      'hvm.cfg',
      'name = "hvm"\ntype = "hvm"\nmemory = 64\nmaxmem = 128\nvnc = 1\nvncpasswd = "x"\n',
    );
    await checked('create', ['create', hvm, '--paused', ...host.sim]);
    await checked('pause', ['pause', 'web', ...host.sim]);
    await checked('list', ['list', ...host.sim]);
    await checked('unpause', ['unpause', 'web', ...host.sim]);
    await checked('unpause', ['unpause', 'hvm', ...host.sim]);
    const state = host.file('state', '');
    await checked('error', ['save-device-model', 'hvm', state, ...host.sim]);
    await checked('save-device-model', ['save-device-model', 'hvm', `${state}.1`, ...host.sim]);
    await checked('restore-device-model', ['restore-device-model', 'hvm', `${state}.1`, ...host.sim]);
    await checked('save-device-model', ['save-device-model', 'hvm', `${state}.2`, ...host.sim]);
    await checked('resume', ['resume', 'hvm', ...host.sim]);
    await checked('destroy', ['destroy', 'web', ...host.sim]);
    await checked('recover', ['recover', ...host.sim]);
  });

  it('of the other commands', async () => {
    await checked('handlers', ['handlers']);
    await checked('replay', ['replay', VECTORS]);
    await checked('completion', ['completion', 'bash']);
    await checked('version', ['--version', '--quiet']);
  });

  it('of failures, of whatever kind', async () => {
    await checked('error', ['plan']);
    await checked('error', ['plan', '/absent']);
    await checked('error', ['plan', host.file('bad.cfg', 'name = "a')]);
    await checked('error', ['create', host.guest('no-devices', 'vif = [""]'), ...host.sim]);
    await checked('error', [
      'create',
      host.file('text', `name = "a"\nmemory = 64\nkernel = "/etc/passwd"\n`),
      ...host.sim,
    ]);
    await checked('error', ['list']);
  });

  const examples = readdirSync(EXAMPLES).filter((file) => file.endsWith('.cfg'));
  const profiles = [['modern'], ['xend']] as const;
  const cases = examples.flatMap((file) => profiles.map(([profile]) => [file, profile] as const));
  it.each(cases)('of the plan of %s under %s, or of its refusal', async (file, profile) => {
    const words = ['plan', join(EXAMPLES, file), '--profile', profile];
    const { code } = await run([...words, '--json']);
    const document = await checked(code === 0 ? 'plan' : 'error', words);
    if (code === 0)
      expect(Object.keys(document['plan'] as object).sort()).toEqual(Object.keys(planSchema.shape).sort());
  });
});
