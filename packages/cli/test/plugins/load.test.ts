import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { processIo } from '../../src/io.js';
import { configuredPlugins } from '../../src/plugins/configured.js';
import { command } from '../support/command.js';

jest.setTimeout(60_000);

const PACKAGES = fileURLToPath(new URL('../../../../node_modules/@xen-image', import.meta.url));

/** A plugin with a handler for a type of its own, as a package publishes it. */
const goodPlugin = (name: string, more = '') => `
import { definePlugin } from '@xen-image/core/plugin';
import { x86PvHandler } from '@xen-image/handler-x86-pv';
export default definePlugin({
  name: '${name}', version: '1.2.3', contract: 1,
  register(context) {
    context.handler({ arch: 'x86', imageType: '${name}', handler: x86PvHandler });
    ${more}
  },
});
`;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-plugins-'));
  mkdirSync(join(directory, 'node_modules'));
  symlinkSync(PACKAGES, join(directory, 'node_modules/@xen-image'));
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Writes a file below the directory, making its own directories. */
function file(path: string, text: string): string {
  const whole = join(directory, path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

/** Installs a package whose module this is. */
function install(name: string, text: string): void {
  file(`node_modules/${name}/package.json`, JSON.stringify({ name, type: 'module', exports: './index.js' }));
  file(`node_modules/${name}/index.js`, text);
}

function list(...plugins: string[]): string {
  return file('xen-image.config.json', JSON.stringify({ plugins }));
}

/** Runs the installed command in the directory, with a home of its own. */
function xenImage(words: readonly string[], at = directory, env: Record<string, string> = {}) {
  return command(words, { HOME: join(directory, 'home'), XDG_CONFIG_HOME: '', ...env }, at);
}

async function handlers(...words: string[]) {
  const { stdout, stderr, code } = await xenImage(['handlers', '--json', ...words]);
  const document = JSON.parse(stdout) as {
    handlers: { imageType: string; plugin: string; from: string | null; replaces: string | null }[];
    plugins: { named: string; name: string; version: string | null; from: string }[];
    problems: { plugin: string; error: { code: string; message: string } }[];
  };
  const problems = Object.fromEntries(document.problems.map(({ plugin, error }) => [plugin, error.code]));
  return { ...document, code, stderr, types: document.handlers.map(({ imageType }) => imageType), codes: problems };
}

describe('a file that lists plugins', () => {
  it('is found in the directory, above it, in the user’s and nowhere else', async () => {
    install('acme', goodPlugin('acme'));
    const path = list('acme');
    mkdirSync(join(directory, 'deep/er'), { recursive: true });
    const below = await xenImage(['handlers', '--json'], join(directory, 'deep/er'));
    expect(JSON.parse(below.stdout)).toMatchObject({ config: path, plugins: [{ name: 'acme', version: '1.2.3' }] });
    rmSync(path);
    expect((await handlers()).plugins).toEqual([]);
    const own = file('home/.config/xen-image/xen-image.config.json', '{"plugins": ["acme"]}');
    expect(JSON.parse((await xenImage(['handlers', '--json'])).stdout)).toMatchObject({ config: own });
  });

  it('may be a module, and name paths or hold plugins', async () => {
    file('plugin.mjs', goodPlugin('by-path'));
    file('xen-image.config.mjs', `import held from './held.mjs'; export default { plugins: ['./plugin.mjs', held] };`);
    file('held.mjs', goodPlugin('held'));
    const { plugins, types } = await handlers();
    expect(plugins.map(({ name }) => name)).toEqual(['by-path', 'held']);
    expect(types).toEqual(expect.arrayContaining(['by-path', 'held']));
  });

  it('is named by --config, and left alone with --no-config', async () => {
    install('acme', goodPlugin('acme'));
    list('absent');
    const other = file('other.json', '{"plugins": ["acme"]}');
    expect((await handlers('--config', other)).plugins).toMatchObject([{ name: 'acme' }]);
    expect(await handlers('--no-config')).toMatchObject({ plugins: [], problems: [] });
    const missing = await xenImage(['handlers', '--config', 'nowhere.json']);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('error [PLUGIN_CONFIG_MISSING]') });
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '"acme"'],
    ['no list', '{"plugins": "acme"}'],
    ['less for dom0 than it can do with', '{"dom0MinimumMib": 64}'],
    ['a key that is not known', '{"plugin": ["acme"]}'],
  ])('that holds %s is refused', async (_, text) => {
    file('xen-image.config.json', text);
    const { code, stderr } = await xenImage(['handlers']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^xen-image: error \[PLUGIN_CONFIG_INVALID\]: .*xen-image\.config\.json cannot be used/);
  });

  it('that everybody can write is not run', async () => {
    chmodSync(file('xen-image.config.js', 'process.stdout.write("run"); export default {}'), 0o666);
    const { code, stdout, stderr } = await xenImage(['handlers']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/error \[PLUGIN_UNSAFE\]: .* is not loaded: everybody can write it/);
  });
});

describe('a plugin that cannot be used is told of by name, and keeps no other out:', () => {
  const BAD: readonly (readonly [string, string, string])[] = [
    ['throws', 'throw new Error("at once");', 'PLUGIN_BROKEN'],
    ['throws-anything', 'throw null;', 'PLUGIN_BROKEN'],
    ['is-no-javascript', 'export default {', 'PLUGIN_BROKEN'],
    ['imports-nothing', 'import "not-installed-anywhere";', 'PLUGIN_BROKEN'],
    ['rejects', 'Promise.reject(new Error("later")); export default {};', 'PLUGIN_BROKEN'],
    ['exports-nothing', 'export const plugin = 1;', 'PLUGIN_SHAPE'],
    ['is-of-another-contract', goodPlugin('other').replace('contract: 1', 'contract: 7'), 'PLUGIN_CONTRACT'],
    ['fails-to-register', goodPlugin('fails', 'throw new Error("half way");'), 'PLUGIN_FAILED'],
    ['registers-later', goodPlugin('later', 'return Promise.reject(new Error("x"));'), 'PLUGIN_SHAPE'],
    ['takes-over-unasked', goodPlugin('linux'), 'HANDLER_DUPLICATE'],
    [
      'replaces-nobody',
      goodPlugin('nobody').replace('handler: x86', "replaces: 'x', handler: x86"),
      'REPLACES_NOTHING',
    ],
    ['is-hostile', 'export default new Proxy({}, { get() { throw new Error("gotcha"); } });', 'PLUGIN_BROKEN'],
    [
      'has-a-class-that-fails',
      goodPlugin('class').replace('x86PvHandler })', 'class { constructor() { throw new Error("no"); } } })'),
      'HANDLER_SHAPE',
    ],
  ];

  it('each of many', async () => {
    for (const [name, text] of BAD) install(name, text);
    install('good', goodPlugin('good'));
    install('better', goodPlugin('better'));
    list('good', 'absent', ...BAD.map(([name]) => name), 'better');
    const { code, codes, plugins, types } = await handlers();
    expect(code).toBe(0);
    expect(codes).toEqual({
      absent: 'PLUGIN_MISSING',
      ...Object.fromEntries(BAD.map(([name, , code]) => [name, code])),
    });
    expect(plugins.map(({ name }) => name)).toEqual(['good', 'better']);
    expect(types).toEqual(['hvm', 'linux', 'better', 'good', 'hvm', 'linux']);
  });

  it('where everybody can write its module, which is not run', async () => {
    install('open', 'process.stdout.write("run"); export default {};');
    chmodSync(join(directory, 'node_modules/open/index.js'), 0o666);
    list('open');
    expect((await handlers()).codes).toEqual({ open: 'PLUGIN_UNSAFE' });
    const { stderr } = await xenImage(['handlers']);
    expect(stderr).toMatch(/warning \[PLUGIN_UNSAFE\]: .*open\/index\.js is not loaded: everybody can write it/);
  });

  it('with its stack only where that is asked for', async () => {
    install('throws', 'function deep() { throw new Error("at once"); } deep();');
    list('throws');
    const plain = await xenImage(['handlers']);
    expect(plain.stderr).toMatch(/^xen-image: warning \[PLUGIN_BROKEN\]: plugin throws cannot be loaded: at once\n/);
    expect(plain.stderr).toMatch(/plugin throws is left out/);
    expect(plain.stderr).not.toMatch(/at deep/);
    expect((await xenImage(['handlers', '--debug'])).stderr).toMatch(/at deep/);
  });

  it('with its terminal tricks made visible', async () => {
    install('tricks', 'throw new Error("\\u001b[2Jgone");');
    list('tricks');
    const { stderr } = await xenImage(['handlers']);
    expect(stderr).toContain('\\x1b[2Jgone');
    expect(stderr).not.toContain('\u001b');
  });

  it('where it never gets done', async () => {
    install('waits', 'await new Promise(() => undefined); export default {};');
    install('good', 'export default { name: "good", contract: 1, register() {} };');
    const config = list('waits', 'good');
    const { loaded, problems } = await configuredPlugins(processIo(), { config }, 3000);
    expect(problems).toMatchObject([{ named: 'waits', error: { code: 'PLUGIN_SLOW' } }]);
    expect(loaded.map(({ named }) => named)).toEqual(['good']);
  });

  it('where it goes on when all is done, which does not keep the command from ending', async () => {
    install('stays', goodPlugin('stays', 'setInterval(() => undefined, 1000);'));
    list('stays');
    const before = Date.now();
    expect(await handlers()).toMatchObject({ code: 0, plugins: [{ name: 'stays' }] });
    expect(Date.now() - before).toBeLessThan(20_000);
  });

  it('where it ends the process', async () => {
    install('quits', 'process.exit(7);');
    list('quits');
    const { code, stderr } = await xenImage(['handlers']);
    expect(code).toBe(7);
    expect(stderr).toBe('xen-image: plugin quits ended the process while it was loaded\n');
  });
});

describe('a plugin that replaces a handler', () => {
  it('is told apart from the one it replaces, and plans in its place', async () => {
    install(
      'mine',
      goodPlugin('linux', '')
        .replace("name: 'linux'", "name: 'mine'")
        .replace('handler: x86', "replaces: '@xen-image/handler-x86-pv', handler: x86"),
    );
    list('mine');
    const found = (await handlers()).handlers.find(({ plugin }) => plugin === 'mine');
    expect(found).toMatchObject({
      imageType: 'linux',
      replaces: '@xen-image/handler-x86-pv',
      from: expect.stringContaining('node_modules/mine'),
    });
    const guest = file('guest.cfg', 'name = "web"\nmemory = 64\nkernel = "/boot/vmlinuz"\n');
    const planned = await xenImage(['plan', guest, '--json']);
    expect(JSON.parse(planned.stdout)).toMatchObject({ plan: { handler: { plugin: 'mine' } } });
  });
});

describe('a plugin with a class that has dependencies', () => {
  it('gets them, though its copy of core is not the command’s', async () => {
    install(
      'injected',
      `
import { definePlugin, inject, injectable, token } from '@xen-image/core/plugin';
import { x86PvHandler } from '@xen-image/handler-x86-pv';
const OSTYPE = token('injected', 'ostype');
class Handler {
  supports = x86PvHandler.supports;
  memory = x86PvHandler.memory;
  constructor(ostype) { this.plan = (input) => ({ ...x86PvHandler.plan(input), ostype }); }
}
inject(OSTYPE)(Handler, undefined, 0);
injectable()(Handler);
export default definePlugin({
  name: 'injected', contract: 1,
  register(context) {
    context.value(OSTYPE, 'as-injected');
    context.handler({ arch: 'x86', imageType: 'injected', handler: Handler });
  },
});
`,
    );
    list('injected');
    const guest = file('guest.cfg', 'name = "web"\ntype = "injected"\nmemory = 64\nkernel = "/boot/vmlinuz"\n');
    const { stdout, stderr } = await xenImage(['plan', guest, '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({ plan: { ostype: 'as-injected' } });
  });
});

describe('a guest of a listed plugin’s type', () => {
  it('is created on the simulated host; without the plugin it is unknown, and the warning says why', async () => {
    install('acme', goodPlugin('acme'));
    list('acme', 'absent');
    const kernel = file('vmlinux', `\u007fELF${'\0'.repeat(4096)}`);
    const guest = file('guest.cfg', `name = "web"\ntype = "acme"\nmemory = 64\nkernel = "${kernel}"\n`);
    const sim = ['--driver', 'sim', '--sim-state', join(directory, 'sim.json')];
    const created = await xenImage(['create', guest, '--json', ...sim]);
    expect(JSON.parse(created.stdout)).toMatchObject({
      domain: { name: 'web' },
      warnings: [{ code: 'PLUGIN_MISSING' }],
    });
    expect(created.stderr).toMatch(/warning \[PLUGIN_MISSING\]: plugin absent is not there/);
    const unknown = await xenImage(['create', guest, '--no-config', ...sim]);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('error [HANDLER_UNKNOWN]') });
    const planned = await xenImage(['plan', guest, '--json', ...sim]);
    const { findings } = (JSON.parse(planned.stdout) as { plan: { findings: { code: string }[] } }).plan;
    expect(findings.map(({ code }) => code)).toContain('PLUGIN_MISSING');
  });
});
