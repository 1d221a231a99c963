import { describe, expect, it } from '@jest/globals';
import { openQmp } from '../../src/index.js';
import { fakeQemu, type Answer } from '../support/fake-qemu.js';
import { cleanUp } from '../support/machine.js';

/** The answer to the command that was given. */
const DONE = '{"return": {}, "id": <id>}';

/** So short that a test waits for it, and long enough for a connection on a busy machine. */
const SHORT_MS = 1000;

async function connected(answers: Readonly<Record<string, Answer>> = {}, timeoutMs = 20_000) {
  const qemu = await fakeQemu(answers);
  const qmp = await openQmp(qemu.path, timeoutMs);
  cleanUp(() => {
    qmp.close();
  });
  return { ...qemu, qmp };
}

describe('commands to QEMU', () => {
  it('begin once capabilities are agreed on', async () => {
    const { got } = await connected();
    expect(got).toEqual([{ execute: 'qmp_capabilities' }]);
  });

  it('ask how it is', async () => {
    const answer = { return: { running: true, singlestep: false, status: 'running' } };
    const { qmp } = await connected({ 'query-status': answer });
    expect(await qmp.status()).toEqual({ running: true, status: 'running' });
  });

  it('are spelled as QEMU has them', async () => {
    const { qmp, got } = await connected();
    await qmp.stop();
    await qmp.cont();
    await qmp.setVncPassword('secret');
    await qmp.saveDevices('/run/save');
    await qmp.saveDevices('/run/save', true);
    await qmp.addDevice({ driver: 'e1000', id: 'nic1', mac: '00:16:3e:00:00:01' });
    await qmp.screendump('/tmp/screen.ppm');
    expect(got.slice(1)).toEqual([
      { execute: 'stop' },
      { execute: 'cont' },
      { execute: 'change-vnc-password', arguments: { password: 'secret' } },
      { execute: 'xen-save-devices-state', arguments: { filename: '/run/save', live: false } },
      { execute: 'xen-save-devices-state', arguments: { filename: '/run/save', live: true } },
      { execute: 'device_add', arguments: { driver: 'e1000', id: 'nic1', mac: '00:16:3e:00:00:01' } },
      { execute: 'screendump', arguments: { filename: '/tmp/screen.ppm' } },
    ]);
  });

  it('wait until the guest has let a device go, and not for another one', async () => {
    const deleted = (device: string) => JSON.stringify({ event: 'DEVICE_DELETED', data: { device, path: '/x' } });
    const { qmp } = await connected({ device_del: { lines: [DONE, deleted('nic0'), deleted('nic1')] } });
    await qmp.removeDevice('nic1');
    const other = await connected({ device_del: { lines: [DONE, deleted('nic0')] } }, SHORT_MS);
    await expect(other.qmp.removeDevice('nic1')).rejects.toMatchObject({ code: 'QMP_TIMEOUT', call: 'DEVICE_DELETED' });
  });

  it('tell the display that it found', async () => {
    const { qmp } = await connected({
      'query-vnc': { return: { enabled: true, host: '127.0.0.1', service: '5907', auth: 'none' } },
    });
    expect(await qmp.vnc()).toEqual({ host: '127.0.0.1', display: 7 });
    const none = await connected({ 'query-vnc': { return: { enabled: false } } });
    expect(await none.qmp.vnc()).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ['is no object', { return: 7 }],
    ['is a list', { return: [{ running: true, status: 'running' }] }],
    ['lacks what is asked for', { return: {} }],
    ['has another type', { return: { running: 'yes', status: 1 } }],
  ])('are refused where the answer %s', async (_what, answer) => {
    const { qmp } = await connected({ 'query-status': answer });
    await expect(qmp.status()).rejects.toMatchObject({ code: 'QMP_FAILED', call: 'query-status' });
  });

  it('fail with what QEMU says', async () => {
    const { qmp } = await connected({ device_add: { error: "'x' is not a valid device model name" } });
    await expect(qmp.addDevice({ driver: 'x', id: 'y' })).rejects.toMatchObject({
      code: 'QMP_FAILED',
      call: 'device_add',
      message: "QEMU: 'x' is not a valid device model name",
    });
  });

  it('are answered in order though events come between', async () => {
    const lines = ['{"event": "RTC_CHANGE", "data": {"offset": 1}}', '{"event": "RESUME"}', DONE];
    const { qmp } = await connected({ stop: { lines } });
    await Promise.all([qmp.stop(), qmp.cont()]);
  });

  it('fail in time where QEMU hangs', async () => {
    const { qmp } = await connected({ stop: 'silence' }, SHORT_MS);
    await expect(qmp.stop()).rejects.toMatchObject({ code: 'QMP_TIMEOUT', call: 'stop' });
    await expect(qmp.cont()).rejects.toMatchObject({ code: 'QMP_TIMEOUT' });
  });

  it('fail where QEMU goes away', async () => {
    const { qmp, hangUp } = await connected({ stop: 'silence' });
    const stopping = qmp.stop();
    setTimeout(hangUp, 20);
    await expect(stopping).rejects.toMatchObject({ code: 'QMP_FAILED' });
  });

  it.each(['null', '7', '[', 'x'.repeat(2 * 1024 * 1024)])('survive an answer that is none: %.10s', async (line) => {
    const { qmp } = await connected({ stop: { lines: [line] } });
    await expect(qmp.stop()).rejects.toMatchObject({ code: 'QMP_FAILED' });
  });

  it.each([
    ['twice', [DONE, DONE]],
    ['for another', ['{"return": {}, "id": 7}']],
    ['without saying for which', ['{"return": {}}']],
    ['with an error for another', ['{"error": {"desc": "no"}, "id": 7}']],
  ])('are not taken for answered where QEMU answers %s', async (_how, lines) => {
    const { qmp } = await connected({ stop: { lines }, 'query-status': 'silence' });
    const both = await Promise.allSettled([qmp.stop(), qmp.status()]);
    expect(both.at(-1)).toMatchObject({
      reason: { code: 'QMP_FAILED', message: expect.stringContaining('not asked') },
    });
  });

  it('are refused where an answer is nested beyond all measure, and told shortly', async () => {
    const deep = `{"id": <id>, "return": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const { qmp } = await connected({ 'query-status': { lines: [deep] } });
    await expect(qmp.status()).rejects.toMatchObject({
      code: 'QMP_FAILED',
      message: expect.stringMatching(/^.{0,300}$/),
    });
    const other = await connected({ stop: { error: 'x'.repeat(100_000) } });
    await expect(other.qmp.stop()).rejects.toMatchObject({ message: expect.stringMatching(/^.{0,600}$/) });
  });

  it('fail where nothing listens, nothing greets, or the one who does is no QEMU', async () => {
    await expect(openQmp('/nowhere/qmp')).rejects.toMatchObject({ code: 'QMP_FAILED', call: 'connect' });
    const mute = await fakeQemu({}, { greeting: '' });
    await expect(openQmp(mute.path, 100)).rejects.toMatchObject({ code: 'QMP_TIMEOUT', call: 'greeting' });
    const other = await fakeQemu({}, { greeting: 'SSH-2.0-OpenSSH' });
    await expect(openQmp(other.path, 20_000)).rejects.toMatchObject({ code: 'QMP_FAILED' });
  });
});
