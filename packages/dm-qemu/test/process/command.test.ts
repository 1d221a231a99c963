import { describe, expect, it } from '@jest/globals';
import { machine, until } from '../support/machine.js';

const DIRECTORY = '/local/domain/0/device-model/5';

/** A domain's device model that is running, and what it does with commands. */
async function commanded(state: string | null = 'running') {
  const host = await machine();
  const { store } = host;
  await host.start(5, ['run']);
  if (state !== null) await store.write([{ path: `${DIRECTORY}/state`, value: state }]);
  /** Answers the next command, as a device model does: the state last. */
  const answer = async (says: string, parameter?: string): Promise<string | undefined> => {
    const other = await host.connect();
    const over = new AbortController();
    for await (const _event of other.watch(`${DIRECTORY}/command`, { signal: over.signal })) {
      const command = await other.read(`${DIRECTORY}/command`);
      if (command === undefined || command === '') continue;
      if (parameter !== undefined) await other.write([{ path: `${DIRECTORY}/parameter`, value: parameter }]);
      await other.write([{ path: `${DIRECTORY}/state`, value: says }]);
      over.abort();
      return command;
    }
    return undefined;
  };
  const read = (name: string): Promise<string | undefined> => store.read(`${DIRECTORY}/${name}`);
  return { ...host, answer, read };
}

describe('commands to a device model of 2009', () => {
  it('saves: the state says what it said before, though the device model is paused', async () => {
    const { models, answer, read } = await commanded();
    const answering = answer('paused');
    expect(await models.command!(5, { command: 'save', answer: 'paused' })).toBeUndefined();
    expect(await answering).toBe('save');
    expect([await read('command'), await read('state')]).toEqual(['save', 'running']);
  });

  it('removes the state again where there was none', async () => {
    const { models, answer, read } = await commanded(null);
    void answer('paused');
    await models.command!(5, { command: 'save', answer: 'paused' });
    expect(await read('state')).toBeUndefined();
  });

  it('inserts a PCI device, and reads back its slot', async () => {
    const { models, answer, read } = await commanded();
    const answering = answer('pci-inserted', '0x20');
    const command = { command: 'pci-ins', answer: 'pci-inserted', parameter: '0000:03:00.0@0' };
    expect(await models.command!(5, command)).toBe('0x20');
    expect(await answering).toBe('pci-ins');
    expect(await read('state')).toBe('running');
  });

  it('removes a PCI device', async () => {
    const { models, answer } = await commanded();
    void answer('pci-removed');
    const command = { command: 'pci-rem', answer: 'pci-removed', parameter: '0000:03:00.0' };
    expect(await models.command!(5, command)).toBe('0000:03:00.0');
  });

  it('writes the parameter before the command', async () => {
    const { models, store, answer } = await commanded();
    const seen: string[] = [];
    const over = new AbortController();
    const watching = (async () => {
      for await (const { path } of store.watch(DIRECTORY, { signal: over.signal })) seen.push(path);
    })();
    const answered = answer('pci-removed');
    await models.command!(5, { command: 'pci-rem', answer: 'pci-removed', parameter: 'x' });
    await answered;
    await until(() => seen.includes(`${DIRECTORY}/command`));
    over.abort();
    await watching;
    expect(seen.indexOf(`${DIRECTORY}/parameter`)).toBeGreaterThan(0);
    expect(seen.indexOf(`${DIRECTORY}/command`)).toBeGreaterThan(seen.indexOf(`${DIRECTORY}/parameter`));
  });

  it('gives up at its time limit, and leaves command, parameter and state', async () => {
    const { models, read } = await commanded();
    const begun = performance.now();
    await expect(
      models.command!(5, { command: 'pci-ins', answer: 'pci-inserted', parameter: 'p', timeoutMs: 200 }),
    ).rejects.toMatchObject({ code: 'DEVICE_MODEL_COMMAND_TIMEOUT', domain: { domid: 5 } });
    // Where none is given, it has 10 s.
    expect(performance.now() - begun).toBeLessThan(9_000);
    expect([await read('command'), await read('parameter'), await read('state')]).toEqual(['pci-ins', 'p', 'running']);
  });

  it('takes an answer that the state gives already', async () => {
    const { models } = await commanded('paused');
    await models.command!(5, { command: 'save', answer: 'paused' });
  });

  it('waits for nothing after continue', async () => {
    const { models, read } = await commanded();
    await models.command!(5, { command: 'continue', answer: null });
    expect([await read('command'), await read('state')]).toEqual(['continue', 'running']);
  });

  it('fails at once where the device model ends instead of answering', async () => {
    const { models, store } = await commanded();
    const pid = Number(await store.read('/local/domain/5/image/device-model-pid'));
    setTimeout(() => process.kill(pid, 'SIGKILL'), 100);
    // Longer than this test may take.
    const command = { command: 'save', answer: 'paused', timeoutMs: 600_000 };
    await expect(models.command!(5, command)).rejects.toMatchObject({ code: 'DEVICE_MODEL_DIED' });
  });

  it('ends when the caller asks for it', async () => {
    const { models } = await commanded();
    const abort = new AbortController();
    setTimeout(() => {
      abort.abort(new Error('enough'));
    }, 50);
    await expect(models.command!(5, { command: 'save', answer: 'paused' }, abort.signal)).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it.each([
    { command: '', answer: 'paused' },
    { command: 'save', answer: '' },
  ])('refuses an empty command or answer: %j', async (command) => {
    const { models } = await machine();
    await expect(models.command!(5, command)).rejects.toThrow(TypeError);
  });
});
