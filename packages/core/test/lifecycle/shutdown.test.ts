import { describe, expect, it } from '@jest/globals';
import { XENSTORE } from '../../src/contract/tokens.js';
import { Operation } from '../../src/registry/operation.js';
import { HVM, PV, simulated } from '../support/toolstack.js';

async function running(text: string) {
  const { toolstack } = simulated();
  const { domid, name } = await toolstack.create(await toolstack.plan({ text }));
  const store = new Operation(toolstack.registry).get(XENSTORE);
  return { toolstack, store, domid, name, control: `/local/domain/${domid}/control` };
}

describe('asking a guest to end', () => {
  it.each(['poweroff', 'reboot'] as const)('writes %s for its kernel, and waits until it has', async (request) => {
    const { toolstack, store, domid, name, control } = await running(PV);
    const asked = toolstack.askShutdown(name, { request });
    for await (const _ of store.watch(`${control}/shutdown`)) {
      if ((await store.read(`${control}/shutdown`)) === request) break;
    }
    await toolstack.shutdown(domid, request);
    expect(await asked).toMatchObject({ domid, ended: request });
  });

  it('does not wait where that is not wanted', async () => {
    const { toolstack, store, name, control } = await running(PV);
    expect(await toolstack.askShutdown(name, { timeoutMs: 0 })).toMatchObject({ ended: null });
    expect(await store.read(`${control}/shutdown`)).toBe('poweroff');
  });

  it('is content with a guest that is destroyed meanwhile', async () => {
    const { toolstack, name } = await running(PV);
    const asked = toolstack.askShutdown(name);
    await toolstack.destroy(name);
    expect(await asked).toMatchObject({ ended: 'gone' });
  });

  it('asks no guest that has shut down', async () => {
    const { toolstack, store, domid, control } = await running(PV);
    await toolstack.shutdown(domid, 'crash');
    expect(await toolstack.askShutdown(domid)).toMatchObject({ ended: 'crash' });
    expect(await store.read(`${control}/shutdown`)).toBe('');
  });

  it('tells of a guest that does not end in time', async () => {
    const { toolstack, name } = await running(PV);
    await expect(toolstack.askShutdown(name, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'SHUTDOWN_IGNORED' });
  });

  it('stops waiting when it is aborted', async () => {
    const { toolstack, name } = await running(PV);
    const controller = new AbortController();
    const asked = toolstack.askShutdown(name, { signal: controller.signal });
    setTimeout(() => {
      controller.abort();
    }, 20);
    await expect(asked).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('is refused for an HVM guest without drivers, and for domain 0', async () => {
    const { toolstack, store, name, control } = await running(HVM);
    await expect(toolstack.askShutdown(name)).rejects.toMatchObject({ code: 'SHUTDOWN_UNSUPPORTED' });
    expect(await store.read(`${control}/shutdown`)).toBe('');
    await store.write([{ path: `${control}/feature-poweroff`, value: '1' }]);
    expect(await toolstack.askShutdown(name, { timeoutMs: 0 })).toMatchObject({ ended: null });
    await expect(toolstack.askShutdown(0)).rejects.toMatchObject({ code: 'DOMAIN_PROTECTED' });
  });
});

describe('a guest’s console', () => {
  it('is where xenconsoled says, also a moment later', async () => {
    const { toolstack, store, domid } = await running(PV);
    const looked = toolstack.console(domid);
    await store.write([{ path: `/local/domain/${domid}/console/tty`, value: '/dev/pts/7' }]);
    expect(await looked).toMatchObject({ domid, kind: 'pv', tty: '/dev/pts/7' });
  });

  it('is the serial line of an HVM guest that has one', async () => {
    const { toolstack, store, domid } = await running(HVM);
    await store.write([{ path: `/local/domain/${domid}/console/tty`, value: '/dev/pts/7' }]);
    expect(await toolstack.console(domid)).toMatchObject({ kind: 'pv' });
    await store.write([{ path: `/local/domain/${domid}/serial/0/tty`, value: '/dev/pts/8' }]);
    expect(await toolstack.console(domid)).toMatchObject({ kind: 'serial', tty: '/dev/pts/8' });
    expect(await toolstack.console(domid, { kind: 'pv' })).toMatchObject({ tty: '/dev/pts/7' });
  });

  it.each(['', '/etc/shadow', '/dev/pts/../mem', '/dev/pts/7\n'])('is not %j, and missing in time', async (tty) => {
    const { toolstack, store, domid } = await running(PV);
    await store.write([{ path: `/local/domain/${domid}/console/tty`, value: tty }]);
    await expect(toolstack.console(domid, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'CONSOLE_MISSING' });
  });
});
