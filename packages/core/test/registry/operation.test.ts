import { describe, expect, it } from '@jest/globals';
import { definePlugin, token, type PortScope } from '../../src/plugin.js';
import { Operation } from '../../src/registry/operation.js';
import { Registry } from '../../src/registry/registry.js';

const HANDLE = token<{ id: number }>('test', 'handle');
const CALLS = token<{ handle: { id: number } }>('test', 'calls');

function registryWith(log: string[]): Registry {
  const registry = new Registry();
  let made = 0;
  registry.use(
    definePlugin({
      name: 'driver',
      contract: 1,
      register(context) {
        context.port({
          token: HANDLE,
          create: (scope) => {
            const id = ++made;
            scope.onClose(() => {
              log.push(`close ${id}`);
            });
            return { id };
          },
        });
        context.port({
          token: CALLS,
          create: (scope: PortScope) => {
            const handle = scope.get(HANDLE);
            scope.onClose(() => {
              log.push('close calls');
            });
            return { handle };
          },
        });
      },
    }),
  );
  return registry;
}

describe('an operation', () => {
  it('makes each port once, and another operation makes its own', () => {
    const registry = registryWith([]);
    const first = new Operation(registry);
    const second = new Operation(registry);
    expect(first.get(CALLS).handle).toBe(first.get(HANDLE));
    expect(second.get(HANDLE).id).not.toBe(first.get(HANDLE).id);
  });

  it('lets ports go in reverse order, every one of them though one fails', async () => {
    const log: string[] = [];
    const operation = new Operation(registryWith(log));
    operation.get(CALLS);
    operation.onClose(() => {
      throw new Error('first to close');
    });
    await expect(operation.close()).rejects.toThrow('first to close');
    expect(log).toEqual(['close calls', 'close 1']);
  });

  it('names a port that nobody brings', () => {
    const operation = new Operation(new Registry());
    expect(() => operation.get(HANDLE)).toThrow(
      expect.objectContaining({ code: 'PORT_MISSING', message: 'no plugin brings the port test:handle' }),
    );
    expect(operation.find(HANDLE)).toBeUndefined();
  });

  it('makes nothing new once it is over', async () => {
    const operation = new Operation(registryWith([]));
    await operation.close();
    expect(() => operation.get(HANDLE)).toThrow(TypeError);
  });
});
