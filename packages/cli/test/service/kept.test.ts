import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CONTRACT_VERSION, definePlugin, DOMAINS, type DomainInfo } from '@xen-image/core';
import { xenStorePlugin } from '@xen-image/xenstore';
import { fakeDaemon, type FakeDaemon } from '../../../xenstore/test/support/fake-daemon.js';
import { run } from '../../src/run.js';
import { askService } from '../../src/service/ask.js';
import { ownCircumstances } from '../../src/service/circumstances.js';
import { listenAt } from '../../src/service/listen.js';
import { createService, type Service } from '../../src/service/serve.js';
import { keptDrivers, type KeptDrivers } from '../../src/toolstack/kept-drivers.js';

/** How long an unused connection waits here, but where a test says less: longer than any test takes. */
const IDLE_MS = 600_000;

const info: DomainInfo = {
  domid: 3,
  uuid: '00000000-0000-4000-8000-000000000003',
  container: 'pv',
  paused: false,
  running: true,
  blocked: false,
  dying: false,
  memoryKib: 65536,
  maxMemoryKib: 65536,
  onlineVcpus: 1,
  maxVcpus: 1,
  cpuTimeNs: 0n,
};

/** A hypervisor with one domain; asked for another, it has none. */
const domainsPlugin = definePlugin({
  name: 'test/domains',
  contract: CONTRACT_VERSION,
  register(context) {
    const list = (): Promise<DomainInfo[]> => Promise.resolve([info]);
    context.port({ token: DOMAINS, create: () => ({ list }) as never });
  },
});

let directory: string;
let daemon: FakeDaemon;
let service: Service;
let drivers: KeptDrivers;
let idleMs: number;
/** The value of every node; a change shows that nothing of what was read is kept. */
let name: string;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-kept-'));
  name = 'web';
  daemon = await fakeDaemon((request, peer) => {
    peer.reply(request, name);
  });
  idleMs = IDLE_MS;
  const shared = () => [domainsPlugin, xenStorePlugin({ address: daemon.path, idleMs })];
  drivers = keptDrivers({ make: () => Promise.resolve({ shared: shared(), own: () => [] }) });
  service = createService({ version: '1', run: (words, io) => run(words, io, drivers.open) });
  await listenAt(service.server, join(directory, 'service'));
});
afterEach(async () => {
  await service.close();
  drivers.forget();
  await daemon.close();
  rmSync(directory, { recursive: true });
});

/** A command line by the service: exit code, and what it said. */
async function asked(...words: readonly string[]): Promise<{ code: number | undefined; said: string }> {
  let said = '';
  const text = (more: string): void => void (said += more);
  const streams = { stdout: { isTTY: false }, stderr: { isTTY: false } };
  const ask = { version: '1', words, circumstances: ownCircumstances(), ...streams };
  const code = await askService({ path: join(directory, 'service'), ask }, { out: text, err: text, columns: 0 });
  return { code, said };
}

const list = ['list', '--driver', 'libxc'] as const;

describe('a command that a service carries out', () => {
  it('uses the connection to xenstore that the one before has left, and reads anew', async () => {
    expect((await asked(...list)).said).toMatch(/ web /);
    name = 'mail';
    expect((await asked(...list)).said).toMatch(/ mail /);
    expect(daemon.peers).toHaveLength(1);
  });

  it('works where xenstored was restarted after the one before', async () => {
    await asked(...list);
    await daemon.stop();
    await daemon.start();
    const { code, said } = await asked(...list);
    expect({ code, listed: / web /.test(said) }).toEqual({ code: 0, listed: true });
    expect(daemon.peers).toHaveLength(2);
  });

  it('has nothing of the failure of the one before', async () => {
    await daemon.stop();
    expect((await asked(...list)).said).toMatch(/XENSTORE_CONNECT/);
    await daemon.start();
    expect((await asked(...list, 'absent')).said).toMatch(/DOMAIN_UNKNOWN/);
    const { code, said } = await asked(...list);
    expect({ code, listed: / web /.test(said) }).toEqual({ code: 0, listed: true });
  });

  it('shares nothing with one that runs at the same time', async () => {
    const answers = await Promise.all([asked(...list, '--json'), asked(...list, 'absent'), asked(...list, '3')]);
    expect(answers.map(({ code }) => code)).toEqual([0, 1, 0]);
    expect(JSON.parse(answers[0].said)).toMatchObject({ domains: [{ name: 'web' }] });
    expect(answers[1].said).toMatch(/^xen-image: error \[DOMAIN_UNKNOWN\]: [^\n]*\n[^\n]*\n$/);
    expect(answers[2].said.trim().split('\n')).toHaveLength(2);
    expect(daemon.peers).toHaveLength(3);
  });
});

describe('a service that ends', () => {
  it('leaves no descriptor', async () => {
    idleMs = 100;
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    await Promise.all([asked(...list), asked(...list)]);
    await service.close();
    drivers.forget();
    for (let waitedMs = 0; open() > before - 1 && waitedMs < 200 * idleMs; waitedMs += 10) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // The socket that it listened at is gone as well.
    expect(open()).toBe(before - 1);
  });
});
