import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OUTPUT_SCHEMAS } from '@xen-image/core/schema';
import { openSimulator, type Simulator } from '@xen-image/xen-sim';
import { main } from '../../src/main.js';
import { testHost, type TestHost } from '../support/host.js';
import { run } from '../support/run.js';

let host: TestHost;
let simulator: Simulator;
beforeEach(() => {
  host = testHost();
  simulator = openSimulator({ stateFile: host.sim[3] ?? '' });
});
afterEach(() => {
  simulator.close();
  host.remove();
});

/** A command that stays: its lines so far, the first that matches, and how it ends. */
function staying(words: readonly string[]) {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  let arrive: ((signal: NodeJS.Signals) => void) | undefined;
  const say = (text: string): void => {
    lines.push(...text.split('\n').filter((line) => line !== ''));
    for (const wake of waiting.splice(0)) wake();
  };
  const ended = main([...words, ...host.sim], {
    stdout: { write: say },
    stderr: { write: say },
    stdin: (async function* () {})(),
    env: {},
    onSignal(_signals, listener) {
      arrive = listener;
      return () => undefined;
    },
  });
  void ended.then(() => {
    say('(ended)\n');
  });
  return {
    lines,
    ended,
    signal: (signal: NodeJS.Signals) => arrive?.(signal),
    async line(pattern: RegExp): Promise<string> {
      for (;;) {
        const found = lines.find((line) => pattern.test(line));
        if (found !== undefined) return found;
        if (lines.includes('(ended)')) throw new Error(`it ended after:\n${lines.join('\n')}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

describe('watch', () => {
  it('restarts a guest that reboots, destroys one that powers off, and ends when asked to', async () => {
    await run(['create', host.guest('web'), ...host.sim]);
    const watch = staying(['watch']);
    await watch.line(/^watching 1 domain and 0 device models$/);
    await simulator.asDomain(1).shutdown('reboot');
    await watch.line(/^web \(domid 1\): shut down \(reboot\), action restart$/);
    await watch.line(/^web \(domid 2\): started again, in place of web \(domid 1\)$/);
    await simulator.asDomain(2).shutdown('poweroff');
    await watch.line(/^web \(domid 2\): destroyed$/);
    watch.signal('SIGTERM');
    expect(await watch.ended).toBe(0);
    expect((await host.inspect()).domains.map(({ domid }) => domid)).toEqual([0]);
  });

  it('tells each event as a document of one line with --json', async () => {
    await run(['create', host.guest('web'), ...host.sim]);
    const watch = staying(['watch', '--json', '--quiet']);
    await watch.line(/"supervising"/);
    await simulator.asDomain(1).shutdown('crash');
    await watch.line(/"domain-destroyed"/);
    watch.signal('SIGINT');
    expect(await watch.ended).toBe(0);
    const documents = watch.lines.filter((line) => line.startsWith('{'));
    for (const line of documents) expect(OUTPUT_SCHEMAS.watch.safeParse(JSON.parse(line)).error).toBeUndefined();
    expect(documents.map((line) => (JSON.parse(line) as { event: { event: string } }).event.event)).toEqual([
      'supervising',
      'domain-shutdown',
      'domain-destroyed',
    ]);
  });

  it('is refused where another process does it', async () => {
    const watch = staying(['watch']);
    await watch.line(/^watching 0 domains/);
    const second = await run(['watch', ...host.sim]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain('SUPERVISOR_RUNS');
    watch.signal('SIGTERM');
    await watch.ended;
  });
});

describe('create --wait', () => {
  it('stays with its guest through a reboot, and ends with it', async () => {
    const create = staying(['create', host.guest('web'), '--wait']);
    await create.line(/^created web \(domid 1/);
    await create.line(/^watching 1 domain/);
    await simulator.asDomain(1).shutdown('reboot');
    await create.line(/^web \(domid 2\): started again/);
    await simulator.asDomain(2).shutdown('poweroff');
    expect(await create.ended).toBe(0);
    expect((await host.inspect()).domains.map(({ domid }) => domid)).toEqual([0]);
  });

  it('leaves the guest running where it is ended by a signal', async () => {
    const create = staying(['create', host.guest('web'), '--wait']);
    await create.line(/^watching 1 domain/);
    create.signal('SIGINT');
    expect(await create.ended).toBe(130);
    expect((await host.inspect()).domains.map(({ domid }) => domid)).toEqual([0, 1]);
  });

  it('ends where another ends the guest', async () => {
    const create = staying(['create', host.guest('web'), '--wait']);
    await create.line(/^watching 1 domain/);
    await run(['destroy', 'web', ...host.sim]);
    expect(await create.ended).toBe(0);
  });
});

describe('the systemd unit', () => {
  it('runs a command that exists, and lets device models live on', () => {
    const path = fileURLToPath(new URL('../../systemd/xen-image-watch.service', import.meta.url));
    const unit = readFileSync(path, 'utf8');
    expect(unit).toMatch(/^ExecStart=.* xen-image watch$/m);
    expect(unit).toMatch(/^KillMode=process$/m);
  });
});
