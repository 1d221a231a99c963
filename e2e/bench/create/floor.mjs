// The floor: a C program that makes the calls and requests of a create of ours, and nothing else (e2e/native/create-floor.c).
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createOurs, guest } from './common.mjs';

const PROGRAM = fileURLToPath(new URL('../create-floor', import.meta.url));
const HEADER_BYTES = 16;

/** Requests to xenstore that a create makes, in their order: type, transaction and payload of each. */
async function requestsOf(create) {
  const requests = [];
  const { write } = Socket.prototype;
  Socket.prototype.write = function (bytes, ...rest) {
    for (let at = 0; at < bytes.length;) {
      const end = at + HEADER_BYTES + bytes.readUInt32LE(at + 12);
      requests.push({
        type: bytes.readUInt32LE(at),
        transacted: bytes.readUInt32LE(at + 8) !== 0,
        payload: bytes.toString('utf8', at + HEADER_BYTES, end),
      });
      at = end;
    }
    return write.call(this, bytes, ...rest);
  };
  try {
    return { ...(await create()), requests };
  } finally {
    Socket.prototype.write = write;
  }
}

/** A payload with marks in place of what another guest has otherwise. */
function marked(payload, { name, domid, uuid }) {
  return payload
    .replace(/^(\d+)\0\d+\0\d+\0$/, '{d}\0{sf}\0{sp}\0')
    .replace(
      /(\/(store|console)\/(port|ring-ref)\0)\d+$/,
      (_, path, ring, what) => `${path}{${ring[0]}${what === 'port' ? 'p' : 'f'}}`,
    )
    .replace(new RegExp(`(/local/domain/)${domid}(?=[/\\0])`, 'g'), '$1{d}')
    .replace(new RegExp(`(\\0[nrwb]?)${domid}(?=[\\0 ]|$)`, 'g'), '$1{d}')
    .replaceAll(uuid, '{u}')
    .replaceAll(name, '{n}')
    .replaceAll('\0', '\\0');
}

/** The program, told of what a create of ours, of a guest with these lines, asks xenstore for. */
export async function openFloor(toolstack, lines, { kernel, memoryMib }) {
  const own = guest(lines);
  const { domid, requests } = await requestsOf(() => createOurs(toolstack, own));
  const uuid = requests.map(({ payload }) => /^\/vm\/([0-9a-f-]{36})/.exec(payload)?.[1]).find(Boolean);
  await toolstack.destroy(domid);
  const file = `/tmp/${own.name}.requests`;
  const spelled = requests.map(({ type, transacted, payload }) =>
    [type, Number(transacted), marked(payload, { name: own.name, domid, uuid })].join('\t'),
  );
  writeFileSync(file, `${spelled.join('\n')}\n`);
  const child = spawn(PROGRAM, [kernel, String(memoryMib), file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (order) => {
    child.stdin.write(`${order}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`${PROGRAM} ended`);
    return value;
  };
  return {
    requests: requests.length,
    create: async () => parseFloat(await ask(`create ${guest([]).name}`)),
    destroy: () => ask('destroy'),
    close() {
      child.stdin.end();
      rmSync(file);
    },
  };
}
