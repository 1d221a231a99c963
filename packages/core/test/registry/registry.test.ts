import { describe, expect, it } from '@jest/globals';
import {
  definePlugin,
  inject,
  injectable,
  token,
  type ImageHandler,
  type Plugin,
  type PluginContext,
} from '../../src/plugin.js';
import { Registry } from '../../src/registry/registry.js';

const handler = (ostype = 'test'): ImageHandler => ({
  supports: { container: 'pv', deviceModel: false, restore: false, cpuid: false, superpages: false },
  memory: () => {
    throw new Error('not asked for');
  },
  plan: () => {
    throw new Error(ostype);
  },
});

const plugin = (name: string, register: Plugin['register'] = () => undefined): Plugin =>
  definePlugin({ name, contract: 1, register });

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

describe('taking a plugin in', () => {
  it.each([
    ['nothing', undefined, 'it is no object'],
    ['no name', { contract: 1, register: (): void => undefined }, 'its name is no text'],
    ['no contract', { name: 'a', register: (): void => undefined }, 'its contract version is no number'],
    ['no register', { name: 'a', contract: 1 }, 'it has no register function'],
  ])('refuses one with %s', (_, value, why) => {
    expect(() => {
      new Registry().use(value);
    }).toThrow(expect.objectContaining({ code: 'PLUGIN_SHAPE', message: expect.stringContaining(why) }));
  });

  it('names both sides of a contract mismatch', () => {
    expect(() => {
      new Registry().use({ name: '@acme/x', contract: 2, register: (): void => undefined });
    }).toThrow(
      expect.objectContaining({
        code: 'PLUGIN_CONTRACT',
        message: 'plugin @acme/x speaks contract version 2, this @xen-image/core speaks 1',
        data: { plugin: '@acme/x', pluginContract: 2, coreContract: 1 },
      }),
    );
  });

  it('checks the shape before the contract, and the contract before it runs anything', () => {
    let ran = false;
    const late = { name: 'late', contract: 9, register: () => (ran = true) };
    expect(codeOf(() => new Registry().use({ contract: 9 }))).toBe('PLUGIN_SHAPE');
    expect(codeOf(() => new Registry().use(late))).toBe('PLUGIN_CONTRACT');
    expect(ran).toBe(false);
  });

  it('refuses the same plugin twice', () => {
    const registry = new Registry();
    registry.use(plugin('a'));
    expect(codeOf(() => registry.use(plugin('a')))).toBe('PLUGIN_DUPLICATE');
  });

  it('tells which plugin threw, and keeps what it threw', () => {
    const cause = new Error('no disk');
    const broken = plugin('broken', () => {
      throw cause;
    });
    expect(() => {
      new Registry().use(broken);
    }).toThrow(
      expect.objectContaining({ code: 'PLUGIN_FAILED', message: 'plugin broken failed to register: no disk', cause }),
    );
  });
});

describe('a handler pair', () => {
  const brings = (name: string, value: ImageHandler, replaces?: string) =>
    plugin(name, (context) => {
      context.handler({
        arch: 'x86',
        imageType: 'linux',
        aliases: ['pv'],
        handler: value,
        ...(replaces === undefined ? {} : { replaces }),
      });
    });

  it('is found by its name and by its alias', () => {
    const registry = new Registry();
    const value = handler();
    registry.use(brings('a', value));
    expect(registry.resolve('x86', 'linux')).toMatchObject({ handler: value, imageType: 'linux' });
    expect(registry.resolve('x86', 'pv')).toBe(registry.resolve('x86', 'linux'));
  });

  it('is not registered twice, unless the second says whom it replaces', () => {
    const registry = new Registry();
    registry.use(brings('a', handler()));
    expect(codeOf(() => registry.use(brings('b', handler())))).toBe('HANDLER_DUPLICATE');
    expect(codeOf(() => registry.use(brings('c', handler(), 'z')))).toBe('HANDLER_DUPLICATE');
    const second = handler();
    registry.use(brings('d', second, 'a'));
    expect(registry.resolve('x86', 'linux').handler).toBe(second);
    expect(registry.handlers()).toMatchObject([{ plugin: 'd', replaces: 'a' }]);
  });

  it('is replaced even after it was used', () => {
    const registry = new Registry();
    registry.use(brings('a', handler()));
    registry.resolve('x86', 'linux');
    const second = handler();
    registry.use(brings('b', second, 'a'));
    expect(registry.resolve('x86', 'linux').handler).toBe(second);
  });

  it('cannot replace what is not there', () => {
    expect(codeOf(() => new Registry().use(brings('b', handler(), 'a')))).toBe('REPLACES_NOTHING');
  });

  it.each([
    ['an arch that is no word', { arch: 'X 86' }, 'its arch "X 86" is not a lower-case word'],
    ['no memory function', { handler: { ...handler(), memory: 1 } }, 'it has no memory function'],
    ['no manifest', { handler: { ...handler(), supports: undefined } }, 'it does not say what it supports'],
    [
      'a manifest that leaves something out',
      { handler: { ...handler(), supports: { ...handler().supports, cpuid: undefined } } },
      'supports.cpuid is no boolean',
    ],
  ])('is refused with %s', (_, change, why) => {
    const bad = plugin('bad', (context) => {
      context.handler({ arch: 'x86', imageType: 'linux', handler: handler(), ...change } as never);
    });
    expect(() => {
      new Registry().use(bad);
    }).toThrow(expect.objectContaining({ code: 'HANDLER_SHAPE', message: expect.stringContaining(why) }));
  });

  it('that is unknown is named, with what there is for its arch', () => {
    const registry = new Registry();
    registry.use(brings('a', handler()));
    expect(() => registry.resolve('x86', 'minios')).toThrow(
      expect.objectContaining({
        code: 'HANDLER_UNKNOWN',
        message: 'unknown image type: minios (arch x86; for x86 there is linux)',
      }),
    );
    expect(() => registry.resolve('ppc', 'linux')).toThrow(
      expect.objectContaining({
        message: 'unknown image type: linux (arch ppc; no handler is registered for ppc; known are x86)',
      }),
    );
  });
});

describe('a plugin that fails to register', () => {
  const dialect = {
    name: 'half',
    argv: () => [],
    options: () => [],
    readiness: 'process',
    environment: () => ({}),
  } as const;

  it('leaves nothing of what it had registered, and does not keep others out', () => {
    const registry = new Registry();
    const brings = (name: string, imageType: string): Plugin =>
      plugin(name, (context) => {
        context.handler({ arch: 'x86', imageType, handler: handler(name) });
      });
    registry.use(brings('first', 'linux'));
    const half = plugin('half', (context) => {
      context.handler({
        arch: 'x86',
        imageType: 'linux',
        aliases: ['pv'],
        handler: handler('half'),
        replaces: 'first',
      });
      context.handler({ arch: 'x86', imageType: 'other', handler: handler('half') });
      context.dialect(dialect);
      context.value(token('half', 'value'), 1);
      throw new Error('half way');
    });
    expect(codeOf(() => registry.use(half))).toBe('PLUGIN_FAILED');
    expect(registry.handlers()).toMatchObject([{ imageType: 'linux', plugin: 'first', replaces: null }]);
    expect(codeOf(() => registry.resolve('x86', 'pv'))).toBe('HANDLER_UNKNOWN');
    expect(codeOf(() => registry.dialect('half'))).toBe('DIALECT_UNKNOWN');
    expect(registry.container.isRegistered(token('half', 'value'))).toBe(false);
    registry.use(brings('second', 'other'));
    expect(registry.plugins.map(({ name }) => name)).toEqual(['first', 'second']);
  });

  it('is one whose register goes on in the background; what comes of that is nobody’s', async () => {
    const registry = new Registry();
    let late: unknown;
    const inBackground = async (context: PluginContext): Promise<void> => {
      await Promise.resolve();
      try {
        context.handler({ arch: 'x86', imageType: 'slow', handler: handler() });
      } catch (error) {
        late = error;
      }
      throw new Error('in the background');
    };
    const slow: Plugin = { name: 'slow', contract: 1, register: (context) => inBackground(context) as never };
    expect(codeOf(() => registry.use(slow))).toBe('PLUGIN_SHAPE');
    await new Promise((resolve) => setImmediate(resolve));
    expect(late).toBeInstanceOf(TypeError);
    expect(registry.handlers()).toEqual([]);
  });
});

describe('a handler class', () => {
  const GREETING = token<string>('@acme/x', 'greeting');

  @injectable()
  class Injected {
    readonly supports = handler().supports;
    readonly memory = handler().memory;
    constructor(@inject(GREETING) readonly greeting: string) {}
    plan(): never {
      throw new Error(this.greeting);
    }
  }

  it('is constructed with what its plugin gave the container', () => {
    const registry = new Registry();
    registry.use(
      plugin('a', (context) => {
        context.value(GREETING, 'hello');
        context.handler({ arch: 'x86', imageType: 'greet', handler: Injected });
      }),
    );
    expect((registry.resolve('x86', 'greet').handler as unknown as Injected).greeting).toBe('hello');
  });

  it('without what it needs is refused by its plugin’s name', () => {
    const registry = new Registry();
    registry.use(
      plugin('a', (context) => {
        context.handler({ arch: 'x86', imageType: 'greet', handler: Injected });
      }),
    );
    expect(() => registry.resolve('x86', 'greet')).toThrow(
      expect.objectContaining({
        code: 'HANDLER_SHAPE',
        message: expect.stringMatching(/plugin a registers a class for x86\/greet .*greeting/),
      }),
    );
  });

  it('is not seen by another registry in the same process', () => {
    const one = new Registry();
    const two = new Registry();
    one.use(
      plugin('a', (context) => {
        context.value(GREETING, 'one');
        context.handler({ arch: 'x86', imageType: 'greet', handler: Injected });
      }),
    );
    two.use(
      plugin('a', (context) => {
        context.value(GREETING, 'two');
        context.handler({ arch: 'x86', imageType: 'greet', handler: Injected });
      }),
    );
    const greeting = (registry: Registry) => (registry.resolve('x86', 'greet').handler as unknown as Injected).greeting;
    expect([greeting(one), greeting(two)]).toEqual(['one', 'two']);
    expect(codeOf(() => new Registry().resolve('x86', 'greet'))).toBe('HANDLER_UNKNOWN');
  });

  it('that another copy of core decorated is constructed all the same', () => {
    class Elsewhere extends Injected {}
    Reflect.defineMetadata('injectionTokens', { 0: GREETING }, Elsewhere);
    Reflect.defineMetadata('design:paramtypes', [Object], Elsewhere);
    const registry = new Registry();
    registry.use(
      plugin('a', (context) => {
        context.value(GREETING, 'from elsewhere');
        context.handler({ arch: 'x86', imageType: 'greet', handler: Elsewhere });
      }),
    );
    expect((registry.resolve('x86', 'greet').handler as unknown as Injected).greeting).toBe('from elsewhere');
  });
});
