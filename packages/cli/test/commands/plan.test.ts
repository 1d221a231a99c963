import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { run } from '../support/run.js';
import { EXAMPLES } from '../support/paths.js';
import { testHost, type TestHost } from '../support/host.js';

jest.setTimeout(60_000);

let host: TestHost;
beforeAll(() => {
  host = testHost();
});
afterAll(() => {
  host.remove();
});

function section(text: string, title: string): string {
  const start = text.indexOf(`\n${title}\n`);
  const end = text.indexOf('\n\n', start);
  return text.slice(start + 1, end === -1 ? undefined : end);
}

describe('plan', () => {
  it('says what is planned, by whom, and for which host', async () => {
    const { code, stdout, stderr } = await run(['plan', host.guest('web')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^web {2}[0-9a-f-]{36}\n {2}type +linux on x86, 1 of 1 vcpus\n/);
    expect(stdout).toMatch(/handler +@xen-image\/handler-x86-pv\n/);
    expect(stdout).toMatch(/host +a typical Xen 4\.17 host \(built-in facts: this machine is no dom0/);
  });

  it('has a row for each memory figure, and a bar', async () => {
    const { stdout } = await run(['plan', host.guest('web')]);
    const memory = section(stdout, 'Memory');
    expect(memory).toMatch(/initialReservation +65536 +64 MiB {2}populated by the build/);
    expect(memory).toMatch(/freeNeeded +66576 +65/);
    expect(memory).toMatch(/\|#+\.\| 65\.02 MiB\n +# guest 64 MiB {3}\. overhead 1\.02 MiB/);
    expect(memory).not.toMatch(/with /);
  });

  it('explains each figure with formula and inputs on demand', async () => {
    const { stdout } = await run(['plan', host.guest('web'), '--explain']);
    expect(section(stdout, 'Memory')).toMatch(/freeNeeded .*\n += available \+ pagingPool/);
    expect(section(stdout, 'Memory')).toMatch(/with targetKib 65536/);
  });

  it('shows results that are not known yet by their names', async () => {
    const { stdout } = await run(['plan', host.guest('web')]);
    const actions = section(stdout, 'Actions');
    expect(actions).toMatch(/allocate event channels: <storePort>, <consolePort>/);
    expect(actions).toMatch(/channels +store <storePort>, console <consolePort>/);
    expect(section(stdout, 'Xenstore')).toMatch(/\/local\/domain\/<domid>\n {4}n0,r<domid> {2}\.\n/);
    expect(section(stdout, 'Xenstore')).toMatch(/n0,r<domid> +store\/ring-ref +<storeFrame>\n/);
  });

  it('gives the device model ready to be pasted', async () => {
    const { stdout } = await run(['plan', join(EXAMPLES, 'hvm.cfg')]);
    const lines = section(stdout, 'Device model').split('\n').slice(2);
    expect(lines[0]).toBe("  XEN_DOMAIN_ID='<domid>' \\");
    expect(lines.slice(0, -1).every((line) => line.endsWith(' \\'))).toBe(true);
    expect(lines).toContain('    -name winter \\');
    expect(lines.at(-1)).not.toMatch(/\\$/);
  });

  it('says whose rights the device model has, and leaves it those of root where that is asked for', async () => {
    const file = join(EXAMPLES, 'hvm.cfg');
    const given = section((await run(['plan', file])).stdout, 'Device model');
    expect(given).toMatch(
      /once started it runs as user 2046820352\+<domid>:2046820352\+<domid>, in \/var\/run\/xen\/qemu-/,
    );
    expect(given).toMatch(/-xen-domid-restrict/);
    const kept = section((await run(['plan', file, '--no-dm-restrict'])).stdout, 'Device model');
    expect(kept).toMatch(/it keeps the rights of root/);
    expect(kept).not.toMatch(/-xen-domid-restrict/);
  });

  it('plans every example, text and JSON', async () => {
    for (const name of ['hvm', 'pv', 'pv-superpages', 'hvm-direct-kernel', 'hvm-cpuid', 'stubdom']) {
      const file = join(EXAMPLES, `${name}.cfg`);
      expect(await run(['plan', file])).toMatchObject({ code: 0, stderr: '' });
      expect((await run(['plan', file, '--json'])).json()).toMatchObject({
        command: 'plan',
        host: { source: 'built-in' },
      });
    }
  });

  it('refuses what the device model cannot be told', async () => {
    const file = host.file('monitor.cfg', 'name = "m"\ntype = "hvm"\nmemory = 64\nmonitor = 1\nvnc = 1\n');
    const { code, stderr } = await run(['plan', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error \[DEVICE_MODEL_ARG_UNSUPPORTED\]/);
  });

  it('plans ia64 guests under the profile that knows them, and says so under the other', async () => {
    const file = join(EXAMPLES, 'ia64-hvm.cfg');
    const planned = await run(['plan', file, '--profile', 'xend', '--arch', 'ia64']);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(/nvram +set up the NVRAM of itanium/);
    const refused = await run(['plan', file, '--arch', 'ia64']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/error \[PROFILE_REFUSES\].*\n {2}hint: .*--profile xend/);
  });

  it('names the profiles there are where one is asked for that is none', async () => {
    const { code, stderr } = await run(['plan', host.guest('web'), '--profile', 'xapi']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error \[PROFILE_UNKNOWN\].*modern, xend/);
  });

  it('reads standard input', async () => {
    const stdin = 'name = "piped"\nmemory = 64\nkernel = "/absent"';
    expect((await run(['plan', '-'], { stdin })).stdout).toMatch(/^piped /);
    expect((await run(['plan', '-'], { stdin: 'name = (' })).stderr).toMatch(/: stdin:1:8: /);
  });

  it('neutralises what a terminal acts on, in values and in file names', async () => {
    const file = host.file(
      '\x1b[2J.cfg',
      `name = "web"\nmemory = 64\nkernel = "${host.kernel}"\nextra = "\\x1b[31m"\nx = 1`,
    );
    const { stdout } = await run(['plan', file]);
    expect(stdout).not.toMatch(/\x1b/);
    expect(stdout).toMatch(/command line \\x1b\[31m/);
    expect(stdout).toMatch(/\\x1b\[2J\.cfg:5:1: /);
  });
});

describe('the host of a plan', () => {
  it('can be described by a file: the facts of another plan, as they are or in its document', async () => {
    const document = (await run(['plan', host.guest('web'), '--json'])).json() as { host: { facts: object } };
    const facts = { ...document.host.facts, arch: 'x86', bridges: ['br7'], freeMemoryKib: 1024 };
    const guest = host.file('net.cfg', `name = "net"\nmemory = 64\nkernel = "${host.kernel}"\nvif = ["bridge=br8"]\n`);
    const alone = await run(['plan', guest, '--host', host.file('facts.json', JSON.stringify(facts))]);
    expect(alone.stdout).toMatch(/host +the host that .*facts\.json describes/);
    expect(alone.stdout).toMatch(/error \[MEMORY_SHORT\]: 66576 KiB must be free, and 1024 KiB are/);
    expect(alone.stdout).toMatch(/warning \[BRIDGE_MISSING\]: .*br8.*\n {4}hint: It has br7\./);
    const inPlan = host.file('plan.json', JSON.stringify({ ...document, host: { facts } }));
    expect((await run(['plan', guest, '--host', inPlan])).stdout).toMatch(/MEMORY_SHORT/);
  });

  it.each([
    ['no JSON', 'HOST_FACTS_INVALID', 'nonsense'],
    ['another document', 'HOST_FACTS_INVALID', '{"arch":"x86"}'],
    ['a list', 'HOST_FACTS_INVALID', '[]'],
  ])('is refused where the file holds %s', async (_, code, content) => {
    const { code: exit, stderr } = await run(['plan', host.guest('web'), '--host', host.file('bad.json', content)]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(new RegExp(`^xen-image: error \\[${code}\\]: .*bad\\.json`));
  });

  it('is refused where the file is missing', async () => {
    const { stderr } = await run(['plan', host.guest('web'), '--host', join(host.directory, 'no.json')]);
    expect(stderr).toMatch(/error \[HOST_FILE_MISSING\]/);
  });

  it('is the simulated one on demand', async () => {
    const { stdout } = await run(['plan', host.guest('web'), ...host.sim]);
    expect(stdout).toMatch(/host +the simulated host in .*sim\.json\n/);
  });

  it('is one', async () => {
    const { code, stderr } = await run(['plan', host.guest('web'), '--host', 'x', ...host.sim]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/error \[USAGE\]/);
  });
});

describe('a password', () => {
  const SECRET = 'pl4nted';
  const config = (): string =>
    host.file('secret.cfg', `name = "s"\ntype = "hvm"\nmemory = 64\nvnc = 1\nvncpasswd = "${SECRET}"\n`);

  it.each([[['--profile', 'modern']], [['--profile', 'xend']]])('is in no plan, %p', async (options) => {
    for (const form of [[], ['--json'], ['--explain', '--debug']]) {
      const { code, stdout, stderr } = await run(['plan', config(), ...options, ...form]);
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain(SECRET);
    }
  });

  it('is shown to be there', async () => {
    const { stdout } = await run(['plan', config(), '--json', '--profile', 'xend']);
    expect(stdout).toMatch(/"vncpasswd",\n +"<secret>"/);
  });
});
