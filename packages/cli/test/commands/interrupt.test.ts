import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { run, type RunResult } from '../support/run.js';
import { testHost, type TestHost } from '../support/host.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeEach(() => {
  host = testHost();
});
afterEach(() => {
  host.remove();
});

/** Creates a guest and has a signal arrive after so many turns of the event loop. */
function interrupted(turns: number, signal: NodeJS.Signals = 'SIGINT', times = 1): Promise<RunResult> {
  return run(['create', host.guest('web'), ...host.sim], {
    onListening: (arrive) => {
      const wait = (left: number): void => {
        if (left > 0) setImmediate(wait, left - 1);
        else for (let time = 0; time < times; time++) arrive(signal);
      };
      wait(turns);
    },
  });
}

describe('a signal during create', () => {
  it('undoes everything, whenever it comes', async () => {
    await host.used();
    const before = await host.inspect();
    const codes = new Set<number>();
    // How many turns a creation takes is the machine's affair: until one is through before the signal.
    for (let turns = 0; !codes.has(0); turns = Math.ceil(turns * 1.2) + 1) {
      const { code, stderr, stdout } = await interrupted(turns);
      codes.add(code);
      if (code === 0) await run(['destroy', 'web', ...host.sim]);
      else {
        expect(code).toBe(130);
        expect(stdout).toBe('');
        expect(stderr).toMatch(/^xen-image: SIGINT: .*\n.*error \[ABORTED\]/);
      }
      expect(await host.inspect()).toEqual(before);
    }
    expect(codes).toEqual(new Set([130, 0]));
  });

  it('that comes again is told to wait', async () => {
    const { code, stderr } = await interrupted(0, 'SIGINT', 2);
    expect(code).toBe(130);
    expect(stderr).toMatch(/SIGINT: ending.*\nxen-image: still undoing/);
  });

  it.each<['SIGTERM' | 'SIGHUP', number]>([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s ends with code %i', async (signal, expected) => {
    expect((await interrupted(0, signal)).code).toBe(expected);
  });
});

describe('a signal during destroy', () => {
  it('waits until the domain is gone', async () => {
    await run(['create', host.guest('web'), ...host.sim]);
    const { code, stderr } = await run(['destroy', 'web', ...host.sim], {
      onListening: (arrive) => {
        arrive('SIGINT');
      },
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(/SIGINT: waiting/);
    expect((await run(['list', ...host.sim])).stdout).not.toMatch(/web/);
  });
});
