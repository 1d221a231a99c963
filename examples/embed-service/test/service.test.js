import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Guests } from '../src/guests.js';
import { createService } from '../src/service.js';
import { simulatedToolstack } from '../src/toolstack.js';

let directory;
let kernel;
before(() => {
  directory = mkdtempSync(join(tmpdir(), 'xen-image-service-'));
  kernel = join(directory, 'vmlinux');
  writeFileSync(kernel, `\u007fELF${'\0'.repeat(8192)}`);
});
after(() => rmSync(directory, { recursive: true, force: true }));

let services = 0;
/** A service in this process, on a simulated host in memory. */
async function opened() {
  const { simulator, toolstack } = await simulatedToolstack({ files: { '/k': 'file' } });
  const guests = new Guests(toolstack, join(directory, `guests-${services++}.json`));
  return { simulator, guests, app: await createService({ toolstack, guests }) };
}

const config = (name, path = '/k') => `name = "${name}"\nmemory = 64\nkernel = "${path}"\n`;
const post = (app, text) => app.inject({ method: 'POST', url: '/domains', payload: { config: text } });

/** The events of an operation, once it is over. */
async function events(app, id) {
  const { payload, headers } = await app.inject(`/operations/${id}/events`);
  assert.equal(headers['content-type'], 'text/event-stream');
  return payload
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => /^event: (.*)\ndata: (.*)$/.exec(block))
    .map(([, event, data]) => ({ event, data: JSON.parse(data) }));
}

test('it describes itself', async () => {
  const { app } = await opened();
  const { openapi, paths } = (await app.inject('/openapi.json')).json();
  assert.match(openapi, /^3\./);
  assert.deepEqual(Object.keys(paths).sort(), [
    '/domains',
    '/domains/{name}',
    '/operations/{id}',
    '/operations/{id}/events',
  ]);
  await app.close();
});

test('it makes several guests at once, and tells of each', async () => {
  const { app } = await opened();
  const names = ['a', 'b', 'c', 'd', 'e'];
  const asked = await Promise.all(names.map((name) => post(app, config(name))));
  assert.deepEqual(
    asked.map(({ statusCode }) => statusCode),
    [202, 202, 202, 202, 202],
  );
  for (const { id } of asked.map((reply) => reply.json())) {
    const told = await events(app, id);
    assert.equal(told.at(-1).event, 'done');
    const phases = told.filter(({ event }) => event === 'progress').map(({ data }) => data.phase);
    assert.deepEqual([phases[0], phases.at(-1)], ['reserve', 'run']);
  }
  const listed = (await app.inject('/domains')).json();
  assert.deepEqual(listed.map(({ name }) => name).sort(), names);
  assert.equal((await app.inject({ method: 'DELETE', url: '/domains/c' })).statusCode, 200);
  assert.equal((await app.inject({ method: 'DELETE', url: '/domains/c' })).statusCode, 404);
  await app.close();
});

test('what cannot be is refused at once, with a code', async () => {
  const { app } = await opened();
  const wrong = await post(app, 'name = "a');
  assert.deepEqual([wrong.statusCode, wrong.json().code], [422, 'CONFIG_SYNTAX']);
  const other = await post(app, `${config('a')}type = "none"`);
  assert.deepEqual([other.statusCode, other.json().code], [422, 'HANDLER_UNKNOWN']);
  assert.equal((await app.inject({ method: 'POST', url: '/domains', payload: {} })).statusCode, 400);
  assert.equal((await app.inject('/operations/none')).statusCode, 404);
  await app.close();
});

test('a creation that fails tells why, and the guest is nobody’s', async () => {
  const { app, simulator, guests } = await opened();
  simulator.faults.inject({ call: 'DomainBuilder.build', refuse: 'ENOMEM' });
  const { id } = (await post(app, config('a'))).json();
  assert.deepEqual((await events(app, id)).at(-1).data.errno, 'ENOMEM');
  assert.equal((await app.inject(`/operations/${id}`)).json().state, 'failed');
  assert.deepEqual(await guests.list(), []);
  await app.close();
});

test('when it closes, creations are undone and guests that run stay', async () => {
  const { app, simulator } = await opened();
  const first = (await post(app, config('stays'))).json();
  await events(app, first.id);
  const one = await simulator.inspect();
  let building;
  const reached = new Promise((resolve) => (building = resolve));
  simulator.faults.inject({ call: 'DomainBuilder.build', before: building, delayMs: 50 });
  await post(app, config('goes'));
  await reached;
  await app.close();
  const { domains, memory } = await simulator.inspect();
  assert.deepEqual(domains, one.domains);
  assert.deepEqual(memory, one.memory);
});

test('a guest that ends by itself is removed', async () => {
  const { app, simulator, guests } = await opened();
  const watching = new AbortController();
  const watched = guests.watch(watching.signal, { info: () => undefined });
  const { id } = (await post(app, config('brief'))).json();
  const { domid } = (await events(app, id)).at(-1).data;
  await simulator.asDomain(domid).shutdown('poweroff');
  while ((await guests.list()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  watching.abort();
  await watched;
  await app.close();
});

/** The service as a process of its own, once it listens. */
async function started(state) {
  const main = fileURLToPath(new URL('../src/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, '--simulate', '--port', '0', '--state', state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)));
  let log = '';
  const address = await new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the service ended: ${log}`)));
    child.stdout.on('data', (text) => {
      log += text;
      const listening = /Server listening at (http:[^"]*)"/.exec(log);
      if (listening) resolve(listening[1]);
    });
  });
  return { child, ended, address, log: () => log };
}

test('after it was killed it adopts its guests; asked to end, it ends and they live', async () => {
  const state = join(directory, 'state');
  const first = await started(state);
  const asked = await fetch(`${first.address}/domains`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ config: config('kept', kernel) }),
  });
  assert.equal(asked.status, 202);
  const { id } = await asked.json();
  assert.match(await (await fetch(`${first.address}/operations/${id}/events`)).text(), /event: done/);
  first.child.kill('SIGKILL');
  assert.equal(await first.ended, 'SIGKILL');

  const second = await started(state);
  assert.match(second.log(), /"adopted":1/);
  const listed = await (await fetch(`${second.address}/domains`)).json();
  assert.deepEqual(
    listed.map(({ name }) => name),
    ['kept'],
  );
  second.child.kill('SIGTERM');
  assert.equal(await second.ended, 0);

  const third = await started(state);
  const destroyed = await fetch(`${third.address}/domains/kept`, { method: 'DELETE' });
  assert.equal(destroyed.status, 200);
  third.child.kill('SIGTERM');
  assert.equal(await third.ended, 0);
});
