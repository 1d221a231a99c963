import { ftruncateSync, mkdirSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  CONTRACT_VERSION,
  definePlugin,
  Toolstack,
  type ImageHandler,
  type Plugin,
  type PluginAction,
} from '@xen-image/core';
import { x86PvHandler } from '@xen-image/handler-x86-pv';
import { openSimulator } from '@xen-image/xen-sim';
import { asCoded, failureLines } from '../src/output/failure.js';
import { loadPlugins } from '../src/toolstack/plugins.js';
import { run } from './support/run.js';
import { testHost, type TestHost } from './support/host.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(async () => {
  host = testHost();
  await run(['list', ...host.sim]);
});
afterAll(() => {
  host.remove();
});

const kernel = (): string => `kernel = "${host.kernel}"\n`;

function sparse(bytes: number): string {
  const path = join(host.directory, 'large.cfg');
  const file = openSync(path, 'w');
  ftruncateSync(file, bytes);
  closeSync(file);
  return path;
}

/** Each bad input with the code it is refused by. */
const CASES: readonly (readonly [what: string, code: string, file: () => string])[] = [
  ['a missing file', 'CONFIG_FILE_MISSING', () => join(host.directory, 'absent.cfg')],
  ['a path through a file', 'CONFIG_FILE_MISSING', () => join(host.kernel, 'guest.cfg')],
  ['a name that is too long', 'CONFIG_FILE_UNREADABLE', () => join(host.directory, 'x'.repeat(5000))],
  [
    'a directory',
    'CONFIG_FILE_DIRECTORY',
    () => {
      const path = join(host.directory, 'dir.cfg');
      mkdirSync(path);
      return path;
    },
  ],
  ['a file of 100 MB', 'CONFIG_TOO_LARGE', () => sparse(100_000_000)],
  ['a device without end', 'CONFIG_TOO_LARGE', () => '/dev/zero'],
  ['binary junk', 'CONFIG_NOT_TEXT', () => host.file('junk', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe]))],
  ['a NUL', 'CONFIG_NOT_TEXT', () => host.file('nul', 'name = "a\0b"\n')],
  ['an empty file', 'CONFIG_MISSING', () => host.file('empty', '')],
  [
    'a list 10,000 deep',
    'CONFIG_SYNTAX',
    () => host.file('deep', `disk = ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`),
  ],
  ['memory that is no number', 'CONFIG_VALUE', () => host.file('nan', `name = "a"\nmemory = "NaN"\n${kernel()}`)],
  ['negative memory', 'CONFIG_VALUE', () => host.file('negative', `name = "a"\nmemory = -64\n${kernel()}`)],
  ['no memory', 'CONFIG_VALUE', () => host.file('zero', `name = "a"\nmemory = 0\n${kernel()}`)],
  ['huge memory', 'CONFIG_SYNTAX', () => host.file('huge', `name = "a"\nmemory = 99999999999999999999\n${kernel()}`)],
  ['more memory than there is', 'MEMORY_SHORT', () => host.file('much', `name = "a"\nmemory = 999999\n${kernel()}`)],
  ['0 vcpus', 'CONFIG_VALUE', () => host.guest('no-vcpus', 'vcpus = 0')],
  ['a MAC that is none', 'CONFIG_MAC', () => host.guest('mac', 'vif = ["mac=00:16:3e:zz:00:01"]')],
  ['a name with /', 'CONFIG_NAME', () => host.file('slash', `name = "a/b"\nmemory = 64\n${kernel()}`)],
  ['the name ..', 'CONFIG_NAME', () => host.file('dots', `name = ".."\nmemory = 64\n${kernel()}`)],
  ['a name with a newline', 'CONFIG_NAME', () => host.file('newline', `name = "a\\nb"\nmemory = 64\n${kernel()}`)],
  ['a name with a NUL', 'CONFIG_SYNTAX', () => host.file('nulname', `name = "a\\x00b"\nmemory = 64\n${kernel()}`)],
  [
    'a name that a terminal acts on',
    'CONFIG_NAME',
    () => host.file('esc', `name = "\\x1b[2J"\nmemory = 64\n${kernel()}`),
  ],
  [
    'a kernel that does not exist',
    'KERNEL_MISSING',
    () => host.file('nokernel', 'name = "a"\nmemory = 64\nkernel = "/absent"\n'),
  ],
  ['an unknown type', 'HANDLER_UNKNOWN', () => host.guest('type', 'type = "zx81"')],
  ['Python', 'CONFIG_NEEDS_PYTHON', () => host.file('python', 'import os\n')],
];

describe('bad input', () => {
  it.each(CASES)(
    '%s is refused by %s: in one clear line, in a coded object, leaving nothing',
    async (_, code, make) => {
      const before = await host.inspect();
      const file = make();

      const text = await run(['create', file, ...host.sim]);
      expect(text.stderr.split('\n')[0]).toMatch(new RegExp(`^xen-image: error \\[${code}\\]: .{8,}`));
      expect(text).toMatchObject({ code: 1, stdout: '' });
      expect(text.stderr.match(/error \[/g)).toHaveLength(1);
      expect(text.stderr).not.toMatch(/^\s+at /m);
      expect(text.stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);

      const json = await run(['create', file, '--json', ...host.sim]);
      expect(json).toMatchObject({ code: 1, stderr: '' });
      expect(json.json()).toMatchObject({ command: 'create', error: { code, message: expect.any(String) } });

      expect(await host.inspect()).toEqual(before);
    },
  );
});

describe('a key that is given twice', () => {
  it('is a warning, and the later value counts, as for xl', async () => {
    const file = host.file('twice', `name = "twice"\nmemory = 32\nmemory = 64\n${kernel()}`);
    const planned = await run(['plan', file, ...host.sim, '--json']);
    expect(planned.json()).toMatchObject({
      plan: { config: { memory: { targetKib: 65536 } }, findings: [{ severity: 'warning' }] },
    });
  });
});

describe('a file that is missing', () => {
  it('is a finding in a plan, which succeeds', async () => {
    const file = host.file('absent-kernel', 'name = "a"\nmemory = 64\nkernel = "/absent"\n');
    const planned = await run(['plan', file, ...host.sim]);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/Findings\n {2}error \[KERNEL_MISSING\]: .*\/absent/);
  });
});

describe('a large file', () => {
  it('is refused by its size, before any of it is read', async () => {
    const { stderr } = await run(['plan', sparse(100_000_000)]);
    expect(stderr).toMatch(/CONFIG_TOO_LARGE\]: .* is 100000000 bytes long/);
  });
});

describe('a plugin that throws', () => {
  const boom = (): never => {
    throw new RangeError('boom\x1b[2J');
  };
  const handler = { ...x86PvHandler, plan: boom };
  const action: PluginAction = { kind: 'bad:act', section: 'build', args: {} };

  /** A plugin with a handler, taking the place of ours. */
  function plugin(handler: ImageHandler): Plugin {
    return definePlugin({
      name: '@bad/handler',
      contract: CONTRACT_VERSION,
      register(context) {
        context.handler({ arch: 'x86', imageType: 'bad', handler });
        context.actionKind({ kind: 'bad:act', execute: boom, describe: () => 'throws' });
      },
    });
  }

  const cases: readonly (readonly [when: string, code: string, plugin: Plugin])[] = [
    [
      'when it is registered',
      'PLUGIN_FAILED',
      definePlugin({ name: '@bad/r', contract: CONTRACT_VERSION, register: boom }),
    ],
    ['while planning', 'INTERNAL', plugin(handler)],
    [
      'while creating',
      'INTERNAL',
      plugin({
        ...x86PvHandler,
        plan: (input) => {
          const decided = x86PvHandler.plan(input);
          return { ...decided, actions: { ...decided.actions, afterBuild: [action] } };
        },
      }),
    ],
  ];

  it.each(cases)('%s is one clear line with code %s, and leaves nothing', async (_, code, bad) => {
    const simulator = openSimulator({ files: { '/kernel': 'file' } });
    const text = (type: string, name: string): string =>
      `name = "${name}"\ntype = "${type}"\nmemory = 64\nkernel = "/kernel"\n`;
    const shipped = await loadPlugins('modern');
    const good = new Toolstack({ plugins: [...shipped, simulator.plugin] });
    await good.create(await good.plan({ text: text('pv', 'first') }));
    await good.destroy('first');
    const before = await simulator.inspect();
    const thrown: unknown = await (async () => {
      const toolstack = new Toolstack({ plugins: [...shipped, simulator.plugin, bad] });
      await toolstack.create(await toolstack.plan({ text: text('bad', 'worse') }));
    })().catch((error: unknown) => error);
    const [line = '', ...rest] = failureLines(asCoded(thrown));
    expect(line).toMatch(new RegExp(`^xen-image: error \\[${code}\\]: .*boom`));
    expect([line, ...rest].join('')).not.toMatch(/\x1b/);
    expect(await simulator.inspect()).toEqual(before);
  });
});
