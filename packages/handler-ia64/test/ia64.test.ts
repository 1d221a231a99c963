import { describe, expect, it } from '@jest/globals';
import type { ActionContext, PluginAction } from '@xen-image/core/plugin';
import { IA64, type Ia64 } from '../src/index.js';
import { initNvramKind, setOsTypeKind } from '../src/ia64.js';

function contextFor(port: Ia64): ActionContext {
  return {
    domid: 7,
    signal: undefined,
    port: (token) => {
      expect(token).toBe(IA64);
      return port as never;
    },
    resolve: (value) => value,
    set: () => undefined,
    undo: () => undefined,
  };
}

function recorded(): { readonly calls: unknown[][]; readonly port: Ia64 } {
  const calls: unknown[][] = [];
  return {
    calls,
    port: {
      initNvram: async (...args) => {
        calls.push(['initNvram', ...args]);
      },
      setOsType: async (...args) => {
        calls.push(['setOsType', ...args]);
      },
    },
  };
}

const NVRAM: PluginAction = { kind: 'ia64:init-nvram', section: 'nvram', args: { name: 'guest7' } };
const OS_TYPE: PluginAction = { kind: 'ia64:set-os-type', section: 'os-type', args: { osType: 'linux' } };

describe('the actions of ia64', () => {
  it('reach its port', async () => {
    const { calls, port } = recorded();
    await initNvramKind.execute(NVRAM, contextFor(port));
    await setOsTypeKind.execute(OS_TYPE, contextFor(port));
    expect(calls).toEqual([
      ['initNvram', 7, 'guest7'],
      ['setOsType', 7, 'linux'],
    ]);
  });

  it('say what they do', () => {
    expect(initNvramKind.describe(NVRAM)).toBe('set up the NVRAM of guest7');
    expect(setOsTypeKind.describe(OS_TYPE)).toBe('tell the firmware that the guest is linux');
  });

  it('share their port by name with every copy of the package', () => {
    expect(IA64).toBe(Symbol.for('@xen-image/handler-ia64:Ia64'));
  });
});
