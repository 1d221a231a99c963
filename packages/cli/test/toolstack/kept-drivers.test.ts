import { describe, expect, it } from '@jest/globals';
import { CONTRACT_VERSION, definePlugin, XenImageError, type Plugin } from '@xen-image/core';
import type { Driver, DriverOptions } from '../../src/toolstack/driver.js';
import { keptDrivers } from '../../src/toolstack/kept-drivers.js';
import { testHost } from '../support/host.js';

const named = (name: string): Plugin => definePlugin({ name, contract: CONTRACT_VERSION, register: () => undefined });

/** Drivers of which each that is made has a number. */
function numbered(idleMs?: number) {
  let made = 0;
  let owned = 0;
  const make = () => {
    const shared = [named(`shared ${(made += 1)}`)];
    return Promise.resolve({ shared, own: () => [named(`own ${(owned += 1)}`)] });
  };
  return keptDrivers({ make, ...(idleMs === undefined ? {} : { idleMs }) });
}

const libxc: DriverOptions = { driver: 'libxc' };
const names = ({ plugins }: Driver): string[] => plugins.map(({ name }) => name);

describe('drivers that are kept', () => {
  it('have what the command before has opened, and of device models their own', async () => {
    const { open } = numbered();
    for (const own of ['own 1', 'own 2']) {
      const driver = await open(libxc, {});
      expect(driver.name).toBe('libxc');
      expect(names(driver)).toEqual(['shared 1', own]);
      driver.close();
    }
  });

  it('are made once for commands that begin at one time', async () => {
    const { open } = numbered();
    const both = await Promise.all([open(libxc, {}), open(libxc, {})]);
    expect(both.map((driver) => names(driver)[0])).toEqual(['shared 1', 'shared 1']);
  });

  it('are others where a variable says of Xen or xenstore what it did not say before, or the ABI may be untested', async () => {
    const { open } = numbered();
    const kinds: readonly (readonly [DriverOptions, Record<string, string>])[] = [
      [libxc, { HOME: '/root' }],
      [libxc, { HOME: '/home/other', TERM: 'dumb' }],
      [libxc, { XENSTORED_PATH: '/run/other' }],
      [libxc, { XEN_IMAGE_FFI: 'ffi-napi' }],
      [{ ...libxc, allowUntestedAbi: true }, {}],
      [libxc, {}],
    ];
    const found: string[] = [];
    for (const [options, env] of kinds) {
      const driver = await open(options, env);
      found.push(names(driver)[0] ?? '');
      driver.close();
    }
    expect(found.map((name) => Number(name.split(' ')[1]))).toEqual([1, 1, 2, 3, 4, 1]);
  });

  it('are no more than four: the one that was used last the longest ago is made anew', async () => {
    const { open } = numbered();
    const take = async (path: string): Promise<string | undefined> => {
      const driver = await open(libxc, { XENSTORED_PATH: path });
      driver.close();
      return names(driver)[0];
    };
    for (const path of ['a', 'b', 'c', 'd', 'a', 'e']) await take(path);
    expect(await take('a')).toBe('shared 1');
    expect(await take('b')).toBe('shared 6');
  });

  it('are let go when no command has used them for a while, and not while one does', async () => {
    const { open } = numbered(30);
    const pause = () => new Promise((resolve) => setTimeout(resolve, 80));
    const first = await open(libxc, {});
    await pause();
    const second = await open(libxc, {});
    first.close();
    first.close();
    await pause();
    const third = await open(libxc, {});
    expect([second, third].map((driver) => names(driver)[0])).toEqual(['shared 1', 'shared 1']);
    second.close();
    third.close();
    await pause();
    expect(names(await open(libxc, {}))[0]).toBe('shared 2');
  });

  it('are made anew after they were to be forgotten', async () => {
    const { open, forget } = numbered();
    (await open(libxc, {})).close();
    forget();
    expect(names(await open(libxc, {}))[0]).toBe('shared 2');
  });

  it('are tried again where they could not be made', async () => {
    let tries = 0;
    const { open } = keptDrivers({
      make: () => {
        tries += 1;
        if (tries === 1) return Promise.reject(new XenImageError('XEN_NOT_RUNNING', 'no'));
        return Promise.resolve({ shared: [], own: () => [] });
      },
    });
    await expect(open(libxc, {})).rejects.toMatchObject({ code: 'XEN_NOT_RUNNING' });
    expect(names(await open(libxc, {}))).toEqual([]);
  });

  it('are none of a simulated host, which another process may change', async () => {
    const host = testHost();
    const { open } = keptDrivers({ make: () => Promise.reject(new Error('it is not asked')) });
    const options = { driver: 'sim', simState: `${host.directory}/sim.json` } as const;
    const [one, other] = [await open(options, {}), await open(options, {})];
    expect(one.name).toBe('sim');
    expect(one.plugins[0]).not.toBe(other.plugins[0]);
    one.close();
    other.close();
    host.remove();
  });
});
