import { describe, expect, it } from '@jest/globals';
import { ABI_TABLES } from '../../src/index.js';
import { writeStruct } from '../../src/abi/struct.js';
import { readDomainPolicy } from '../../src/calls/cpu-policy.js';
import { maximumGpfn, podTarget } from '../../src/calls/memory.js';
import type { XcHandle } from '../../src/library/handle.js';
import { domainsPort } from '../../src/ports/domains.js';
import { memoryPort } from '../../src/ports/memory.js';

const abi = ABI_TABLES.find(({ version }) => version === '4.17')!;
const BAD = { code: 'XEN_ANSWER_INVALID' };

/** Libraries that answer as the test says: what a call returns, after it has written into its buffers. */
function libraries(answer: (name: string, buffers: Buffer[]) => number): XcHandle {
  const call = (name: string, args: readonly unknown[]) =>
    answer(
      name,
      args.filter((arg) => Buffer.isBuffer(arg)),
    );
  const required = async (name: string, _domain: unknown, ...args: unknown[]) => call(name, args);
  return {
    abi,
    pointer: 1n,
    has: () => true,
    require: required,
    requireNow: required,
    invoke: async (name: string, ...args: unknown[]) => ({ result: BigInt(call(name, args)), errno: 0, lines: [] }),
  } as unknown as XcHandle;
}

const session = (answer: (name: string, buffers: Buffer[]) => number) => ({
  handle: async () => libraries(answer),
});

/** One domain in the list of the hypervisor. */
function oneDomain(fields: Record<string, number | bigint>) {
  const info = writeStruct(abi.structs.domainInfo, { domain: 1, ...fields });
  return domainsPort(
    session((_name, [infos]) => {
      info.copy(infos!);
      return 1;
    }),
  );
}

describe('an answer of the libraries that cannot be', () => {
  it('is a list of more domains than were asked for', async () => {
    await expect(domainsPort(session(() => 257)).list()).rejects.toMatchObject(BAD);
    await expect(domainsPort(session(() => 2_000_000_000)).info(1)).rejects.toMatchObject(BAD);
  });

  it('is a list that never ends', async () => {
    const again = domainsPort(session(() => 32));
    await expect(again.list()).rejects.toMatchObject({ ...BAD, message: expect.stringContaining('domain 0') });
  });

  it.each([
    ['a domid that no domain has', { domain: 0x7ff0 }],
    ['more pages than there are', { tot_pages: 1n << 60n }],
    ['a limit beyond all memory', { max_pages: (1n << 64n) - 1n }],
  ])('is %s', async (_what, fields) => {
    await expect(oneDomain(fields).list()).rejects.toMatchObject(BAD);
  });

  it('is a domain made under a reserved domid', async () => {
    const made = domainsPort(
      session((_name, [domid]) => {
        domid!.writeUInt32LE(0x7ff4);
        return 0;
      }),
    ).create({
      uuid: '00000000-0000-4000-8000-000000000001',
      container: 'pv',
      hap: false,
      emulation: 'none',
      maxVcpus: 1,
    });
    await expect(made).rejects.toMatchObject({ ...BAD, call: 'xc_domain_create' });
  });

  it('is a policy of more leaves than Xen has, or than there was room for', async () => {
    const sized = (first: number, then: number) =>
      libraries((name, buffers) => {
        if (name === 'xc_cpu_policy_get_size') buffers[0]!.writeUInt32LE(first);
        if (name === 'xc_cpu_policy_serialise') buffers[1]!.writeUInt32LE(then);
        return 1;
      });
    await expect(readDomainPolicy(sized(0xffffffff, 0), 1)).rejects.toMatchObject(BAD);
    await expect(readDomainPolicy(sized(2, 0xffffffff), 1)).rejects.toMatchObject(BAD);
    expect(await readDomainPolicy(sized(2, 2), 1)).toHaveLength(2);
  });

  it('is a number beyond all machines', async () => {
    const full = (_name: string, buffers: Buffer[]): number => {
      for (const buffer of buffers) buffer.fill(0xff);
      return 0;
    };
    await expect(memoryPort(session(full)).physical()).rejects.toMatchObject(BAD);
    await expect(podTarget(libraries(full), 1)).rejects.toMatchObject(BAD);
    await expect(maximumGpfn(libraries(full), 1)).rejects.toMatchObject(BAD);
  });
});

describe('a guest that shuts down for a reason of its own making', () => {
  const shutDown = (reason: number) =>
    oneDomain({ flags: abi.constants.infoShutdown | (reason << abi.constants.infoShutdownShift) });

  it.each([6, 77, 254])('has crashed, by the number %d', async (reason) => {
    expect(await shutDown(reason).info(1)).toMatchObject({ shutdownReason: 'crash' });
  });

  it('has shut down as it says where the number has a meaning', async () => {
    expect(await shutDown(0).info(1)).toMatchObject({ shutdownReason: 'poweroff' });
    expect(await shutDown(4).info(1)).toMatchObject({ shutdownReason: 'watchdog' });
  });
});
