import { expect, expectSettled } from '../engine/expect.js';
import { InputReader } from '../engine/reader.js';
import type { Target } from '../engine/target.js';
import { ABI_TABLES } from '../../packages/xc-bindings/src/abi/tables.js';
import { maximumGpfn, podTarget } from '../../packages/xc-bindings/src/calls/memory.js';
import { readDomainPolicy, readSystemPolicy } from '../../packages/xc-bindings/src/calls/cpu-policy.js';
import { getHvmParam } from '../../packages/xc-bindings/src/calls/channels.js';
import type { XcHandle } from '../../packages/xc-bindings/src/library/handle.js';
import { domainsPort } from '../../packages/xc-bindings/src/ports/domains.js';
import { hostPort } from '../../packages/xc-bindings/src/ports/host.js';
import { memoryPort } from '../../packages/xc-bindings/src/ports/memory.js';

/** No host has more domains, and no processor more CPUID leaves. */
const MOST_ANSWERS = 100_000;
/** Calls after which a caller is asking for ever. */
const MOST_CALLS = 2000;

/** Libraries that write what the input says into every buffer they are given. */
function lyingLibraries(reader: InputReader): XcHandle {
  const abi = reader.pick(ABI_TABLES);
  let calls = 0;
  const answer = (args: readonly unknown[]): number => {
    calls += 1;
    expect(calls < MOST_CALLS, 'it asks for ever');
    for (const arg of args) {
      if (!Buffer.isBuffer(arg)) continue;
      const piece = reader.piece();
      if (piece.length > 0) for (let at = 0; at < arg.length; at += piece.length) piece.copy(arg, at);
    }
    const how = reader.byte();
    return how & 0x80 ? reader.word() >>> 1 : how;
  };
  const required = (_name: string, _domain: unknown, ...args: unknown[]): Promise<number> =>
    Promise.resolve(answer(args));
  const handle = {
    libraries: {},
    abi,
    pointer: 1n,
    lines: [],
    has: () => true,
    invoke: (_name: string, ...args: unknown[]) =>
      Promise.resolve({ result: BigInt(answer(args)), errno: reader.byte(), lines: [reader.text()] }),
    require: required,
    requireNow: required,
    close: () => Promise.resolve(),
  };
  return handle as unknown as XcHandle;
}

/** What Xen's libraries answer, in structs and numbers. */
export const abi: Target = {
  name: 'abi',
  seeds: () => [
    Buffer.from([1, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1]),
    Buffer.from([1, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8, 128, 0, 1, 0, 0]),
    Buffer.from([1, 4, 4, 16, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]),
    Buffer.alloc(600, 255),
    Buffer.alloc(600, 1),
  ],
  words: ['\xff\xff\xff\xff', '\0\0\0\x80', '\x00\x01'],
  async run(input) {
    const reader = new InputReader(input);
    const xc = lyingLibraries(reader);
    const session = { handle: () => Promise.resolve(xc) };
    const domains = domainsPort(session);
    const which = reader.byte() % 9;
    if (which === 0) {
      const found = await expectSettled(domains.list(), 'list');
      expect((found ?? []).length < MOST_ANSWERS, `${found?.length ?? 0} domains`);
      for (const { domid, uuid, memoryKib } of found ?? []) {
        expect(Number.isInteger(domid) && domid >= 0 && domid < 0x8000, `domid ${domid}`);
        expect(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid), `uuid ${uuid}`);
        expect(Number.isSafeInteger(memoryKib), `memory ${memoryKib}`);
      }
    } else if (which === 1) await expectSettled(domains.info(reader.byte()), 'info');
    else if (which === 2) await expectSettled(domains.create(SPEC), 'create');
    else if (which === 3) await expectSettled(hostPort(session).facts(), 'facts');
    else if (which === 4 || which === 5) {
      const policy = which === 4 ? readDomainPolicy(xc, 1) : readSystemPolicy(xc, 'host');
      const leaves = await expectSettled(policy, 'policy');
      expect((leaves ?? []).length < MOST_ANSWERS, `${leaves?.length ?? 0} leaves`);
    } else if (which === 6) {
      const memory = await expectSettled(memoryPort(session).physical(), 'memory');
      for (const kib of Object.values(memory ?? {})) expect(Number.isSafeInteger(kib), `${String(kib)} KiB`);
    } else if (which === 7) {
      await expectSettled(podTarget(xc, 1), 'PoD');
      await expectSettled(maximumGpfn(xc, 1), 'gpfn');
    } else await expectSettled(getHvmParam(xc, 1, 1), 'param');
  },
};

const SPEC = {
  uuid: '00000000-0000-4000-8000-000000000001',
  container: 'pv',
  hap: false,
  maxVcpus: 1,
  emulation: 'none',
} as const;
