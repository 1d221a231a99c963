/**
 * Our client against libxenstore, on the same daemon, in the same run: `node bench.mjs WITNESS [DOMID [ROUNDS]]`.
 *
 * The two take turns, request by request or batch by batch, so that whatever else the machine does meets both; a ratio
 * is the median of the ratios of the turns. Prints one JSON object of figures.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectXenStore } from '@xen-image/xenstore';
import { createRequests, requestLines } from './requests.mjs';

const [witness, domidText = '0', roundsText = '60'] = process.argv.slice(2);
if (witness === undefined) throw new TypeError('usage: node bench.mjs WITNESS [DOMID [ROUNDS]]');
const rounds = Number(roundsText);
const SINGLES_A_ROUND = 40;
const WARM_SINGLES = 4000;
const WARM_CREATES = 100;

const operations = createRequests(Number(domidText));
const lines = requestLines(operations);
const directory = await mkdtemp(join(tmpdir(), 'xenstore-bench-'));
const file = join(directory, 'requests');
await writeFile(file, lines.join('\n') + '\n');

// One process for all turns: after each fork the kernel would fault in this process's pages anew.
const other = spawn(witness, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface(other.stdout)[Symbol.asyncIterator]();
async function libxenstore(what, count) {
  other.stdin.write(`${what} ${count}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error('the witness ended');
  return Number(value);
}

const client = await connectXenStore();
async function singles(count, body) {
  const start = performance.now();
  for (let index = 0; index < count; index += 1) await body();
  return ((performance.now() - start) * 1000) / count;
}
async function create(how) {
  const start = performance.now();
  await how();
  const us = (performance.now() - start) * 1000;
  await client.rm('/bench/create');
  return us;
}
async function oneByOne() {
  for (const { op, path, value, permissions } of operations) {
    if (op === 'write') await client.write(path, value);
    else await client.mkdir(path);
    if (permissions !== undefined) await client.setPerms(path, permissions);
  }
}
const read = () => client.read('/bench/single');
const write = () => client.write('/bench/single', 'value');
const pipelined = () => client.batch(operations);
const inTransaction = () => client.transaction((transaction) => transaction.batch(operations));

/** What is measured: ours, and the order to the witness that it is held against. */
const cases = {
  read: [() => singles(SINGLES_A_ROUND, read), 'read', SINGLES_A_ROUND],
  write: [() => singles(SINGLES_A_ROUND, write), 'write', SINGLES_A_ROUND],
  create: [() => create(pipelined), 'create', 1],
  createInTransaction: [() => create(inTransaction), 'create', 1],
  createOneByOne: [() => create(oneByOne), 'create', 1],
};

await write();
const firstCreate = await create(pipelined);
// A daemon's client is a process that runs for long: it is measured once V8 has compiled it, which takes some thousand
// requests. What the very first create costs stands beside it.
await singles(WARM_SINGLES, read);
await singles(WARM_SINGLES, write);
for (let index = 0; index < WARM_CREATES; index += 1) {
  for (const how of [pipelined, inTransaction, oneByOne]) await create(how);
}
const turns = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, [ours, what, count]] of Object.entries(cases)) {
    const mine = await ours();
    turns[name].push({ mine, theirs: await libxenstore(what, count) });
  }
}
other.stdin.end();
await client.rm('/bench');
client.close();
await rm(directory, { recursive: true });

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const LABELS = {
  read: 'a read',
  write: 'a write',
  create: 'the requests of a create, in one batch',
  createInTransaction: 'the same, in a transaction',
  createOneByOne: 'the same, one after the other',
};
const figure = (value, unit) => ({ value: Number(value.toPrecision(3)), unit });
const figures = {};
for (const [name, all] of Object.entries(turns)) {
  figures[LABELS[name]] = figure(median(all.map(({ mine }) => mine)), 'µs');
  figures[`${LABELS[name]}: libxenstore`] = figure(median(all.map(({ theirs }) => theirs)), 'µs');
  figures[`${LABELS[name]}: ours beside it`] = figure(median(all.map(({ mine, theirs }) => mine / theirs)), '×');
}
figures['the very first create of a process'] = figure(firstCreate, 'µs');
process.stdout.write(JSON.stringify(figures));
