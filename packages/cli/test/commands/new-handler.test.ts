import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OUTPUT_SCHEMAS } from '@xen-image/core/schema';
import { command } from '../support/command.js';
import { environment } from '../support/environment.js';

jest.setTimeout(60_000);

const MODULES = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-new-'));
  symlinkSync(MODULES, join(directory, 'node_modules'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

const newHandler = (...words: string[]) => command(['new-handler', ...words], {}, directory);

/** All files of a package together. */
function texts(folder: string): string {
  const files = readdirSync(join(directory, folder), { recursive: true, withFileTypes: true });
  return files
    .filter((file) => file.isFile())
    .map((file) => readFileSync(join(file.parentPath, file.name), 'utf8'))
    .join('\n');
}

describe('a new handler', () => {
  it.each<[name: string, more: string[], folder: string, type: string]>([
    ['acme-handler-unikernel', [], 'acme-handler-unikernel', 'unikernel'],
    ['@acme/xen-things', ['--type', 'mini.os'], 'xen-things', 'mini.os'],
  ])('%s passes its tests as it is, and is found and planned by the command', async (name, more, folder, type) => {
    const { code, stdout } = await newHandler(name, '--json', ...more);
    expect(code).toBe(0);
    const document: unknown = JSON.parse(stdout);
    expect(OUTPUT_SCHEMAS['new-handler'].safeParse(document).error).toBeUndefined();
    expect(document).toMatchObject({ name, imageType: type, directory: join(directory, folder) });
    expect(texts(folder)).not.toMatch(/__[A-Z]+__/);
    expect(texts(folder).match(/TODO/g)?.length).toBeGreaterThan(8);

    const at = join(directory, folder);
    const tested = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], {
      cwd: at,
      env: environment(),
      encoding: 'utf8',
    });
    expect(tested.stdout).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(tested.stdout)?.[1])).toBeGreaterThan(35);
    expect(tested.status).toBe(0);

    const planned = await command(['plan', 'guest.cfg', '--json'], {}, at);
    expect(planned.stderr).toBe('');
    expect(JSON.parse(planned.stdout)).toMatchObject({ plan: { handler: { plugin: name, imageType: type } } });
  });

  it('is not written over anything', async () => {
    await newHandler('taken');
    const before = texts('taken');
    const again = await newHandler('taken', '--type', 'other');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('error [NEW_HANDLER_EXISTS]') });
    expect(texts('taken')).toBe(before);
  });

  it.each([['Upper'], ['../away'], ['a b'], ['@acme'], ['x', '--type', 'no type']])(
    'cannot be called %s',
    async (...words) => {
      expect(await newHandler(...words)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('error [NEW_HANDLER_NAME]'),
      });
    },
  );
});
