/**
 * Our client against libxenstore, on the same daemon, in the same run: `node bench.mjs WITNESS [DOMID [ROUNDS]]`.
 *
 * Turns are taken, so that what else the machine does meets both. Prints one JSON object; times are microseconds,
 * medians over the turns.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connectXenStore } from '../../../packages/xenstore/dist/index.js';
import { createRequests, requestLines } from './requests.mjs';

const [witness, domidText = '0', roundsText = '12'] = process.argv.slice(2);
if (witness === undefined) throw new TypeError('usage: node bench.mjs WITNESS [DOMID [ROUNDS]]');
const rounds = Number(roundsText);
const SINGLES = 500;
const CREATES = 8;
const WARM_SINGLES = 4000;
const WARM_CREATES = 40;

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value) => Math.round(value * 100) / 100;

async function timed(count, body) {
  const start = performance.now();
  for (let index = 0; index < count; index += 1) await body();
  return ((performance.now() - start) * 1000) / count;
}

const operations = createRequests(Number(domidText));
const lines = requestLines(operations);
const directory = await mkdtemp(join(tmpdir(), 'xenstore-bench-'));
const file = join(directory, 'requests');
await writeFile(file, lines.join('\n') + '\n');
// One process for all turns: after each fork the kernel would fault in this process's pages anew.
const other = spawn(witness, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface(other.stdout)[Symbol.asyncIterator]();
async function order(what, count) {
  other.stdin.write(`${what} ${count}\n`);
  const { value, done } = await answers.next();
  if (done) throw new Error('the witness ended');
  return value.trim().split(' ').map(Number);
}
const client = await connectXenStore();

const ours = { read: [], write: [], create: [], createInTransaction: [], createOneByOne: [] };
const theirs = { read: [], write: [], create: [] };

async function create(how) {
  const start = performance.now();
  await how();
  const us = (performance.now() - start) * 1000;
  await client.rm('/bench/create');
  return us;
}
const pipelined = () => client.batch(operations);
const inTransaction = () => client.transaction((transaction) => transaction.batch(operations));
async function oneByOne() {
  for (const { op, path, value, permissions } of operations) {
    if (op === 'write') await client.write(path, value);
    else await client.mkdir(path);
    if (permissions !== undefined) await client.setPerms(path, permissions);
  }
}

const first = await create(pipelined);
// A daemon's client is a process that runs for long: it is measured once V8 has compiled it, which takes some thousand
// requests. What the very first create costs stands beside it.
await timed(WARM_SINGLES, () => client.read('/bench'));
await timed(WARM_SINGLES, () => client.write('/bench/single', 'value'));
for (let index = 0; index < WARM_CREATES; index += 1) {
  for (const how of [pipelined, inTransaction, oneByOne]) await create(how);
}
for (let turn = 0; turn < rounds; turn += 1) {
  theirs.read.push(...(await order('read', SINGLES)));
  theirs.write.push(...(await order('write', SINGLES)));
  ours.read.push(await timed(SINGLES, () => client.read('/bench/single')));
  ours.write.push(await timed(SINGLES, () => client.write('/bench/single', 'value')));
  theirs.create.push(...(await order('create', CREATES)));
  for (let index = 0; index < CREATES; index += 1) ours.create.push(await create(pipelined));
  for (let index = 0; index < CREATES; index += 1) ours.createInTransaction.push(await create(inTransaction));
  for (let index = 0; index < CREATES; index += 1) ours.createOneByOne.push(await create(oneByOne));
}
other.stdin.end();
await client.rm('/bench');
client.close();
await rm(directory, { recursive: true });

const us = (record) =>
  Object.fromEntries(Object.entries(record).map(([name, values]) => [name, round(median(values))]));
const [mine, libxenstore] = [us(ours), us(theirs)];
process.stdout.write(
  JSON.stringify(
    {
      requestsOfACreate: lines.length,
      turns: rounds,
      us: { ours: { ...mine, firstCreate: round(first) }, libxenstore },
      ratio: {
        read: round(mine.read / libxenstore.read),
        write: round(mine.write / libxenstore.write),
        create: round(mine.create / libxenstore.create),
        createInTransaction: round(mine.createInTransaction / libxenstore.create),
        createOneByOne: round(mine.createOneByOne / libxenstore.create),
      },
    },
    null,
    2,
  ) + '\n',
);
