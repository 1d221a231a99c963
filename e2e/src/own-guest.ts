/** Guests of our own command: their configurations, and what is asked of every one of them. */
import { equal, ok } from 'node:assert/strict';
import type { CaseTools } from './case.js';
import { settledState, untilAsBefore } from './dom0-state.js';
import { consoleLog, domains, factsOf, serialLog, untilPrinted } from './guest.js';
import { shellQuote, type Host } from './host.js';

/** A guest of `xen-image create`. */
export interface OwnGuest {
  readonly name: string;
  readonly type: 'pv' | 'hvm';
  /** Memory in MiB. */
  readonly memoryMib: number;
  /**
   * What it boots: Debian with the rig's ramdisk (the default), the small HVM kernel, GRUB's small PV kernel, or nothing
   * by itself, so that the firmware boots what `lines` name.
   */
  readonly boots?: 'debian' | 'tiny' | 'grub' | 'firmware';
  /** Words after `console=… quiet` of the kernel's command line. */
  readonly extra?: string;
  /** Further lines of the configuration; the last one of a key counts. */
  readonly lines?: readonly string[];
}

function bootLines({ type, boots = 'debian', extra = '' }: OwnGuest): string[] {
  const hvm = type === 'hvm';
  switch (boots) {
    case 'debian':
      return [
        // The unpacked kernel saves a PV guest seconds; the firmware of an HVM guest takes a bzImage only.
        `kernel = "${hvm ? '/boot/vmlinuz' : '/boot/vmlinux'}"`,
        'ramdisk = "/boot/guest.img"',
        `extra = "console=${hvm ? 'ttyS0' : 'hvc0'} quiet ${extra}"`,
      ];
    case 'tiny':
      return ['kernel = "/boot/tiny"', `extra = "${extra}"`];
    case 'grub':
      return ['kernel = "/boot/grub-pv"'];
    case 'firmware':
      return [];
  }
}

/** The text of its configuration. */
export function configText(guest: OwnGuest): string {
  const { name, type, memoryMib, lines = [] } = guest;
  return [
    `name = "${name}"`,
    `type = "${type}"`,
    `memory = ${String(memoryMib)}`,
    ...bootLines(guest),
    ...(type === 'hvm' ? ['vnc = 0', `serial = "file:${serialLog(name)}"`] : []),
    ...lines,
    '',
  ].join('\n');
}

/** Writes its configuration in dom0, and gives the path. */
export async function writeConfig(host: Host, guest: OwnGuest): Promise<string> {
  const path = `/root/${guest.name}.cfg`;
  await host.must(`cat > ${shellQuote(path)}`, { input: configText(guest) });
  return path;
}

/** Creates it with our command; it runs when this returns, unless `--paused` is among the arguments. */
export async function create({ host }: Pick<CaseTools, 'host'>, guest: OwnGuest, args = ''): Promise<void> {
  await host.must(`xen-image create ${args} ${await writeConfig(host, guest)}`, { timeoutMs: 180_000 });
}

/** Its domid, as xl lists it. */
export async function domidOf(host: Host, name: string): Promise<number> {
  const domid = (await domains(host)).get(name);
  ok(domid !== undefined, `xl list does not show ${name}`);
  return domid;
}

/**
 * A guest's whole life: created by our command, known to xl, up, destroyed by our command, the host as before.
 *
 * @param whileUp - looks at it from outside while it runs
 * @returns what it printed until it was up
 */
export async function livesAndGoes(
  tools: CaseTools,
  guest: OwnGuest,
  whileUp: (domid: number) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
  const before = await settledState(tools.host);
  await create(tools, guest);
  const domid = await domidOf(tools.host, guest.name);
  const printed = await untilPrinted(tools, consoleLog(guest), 'GUEST-UP', 240_000);
  await whileUp(domid);
  await tools.host.must(`xen-image destroy ${guest.name}`);
  await untilAsBefore(tools.host, before);
  return printed;
}

/** As {@link livesAndGoes}; gives the facts that the guest printed. */
export async function factsOfLife(tools: CaseTools, guest: OwnGuest): Promise<Readonly<Record<string, string>>> {
  return factsOf(await livesAndGoes(tools, guest));
}

/** An error as `--json` prints it. */
export interface PrintedError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly said?: readonly string[];
}

/** The error that a create must end with. */
export async function failsWith(host: Host, guest: OwnGuest, code: string): Promise<PrintedError> {
  const path = await writeConfig(host, guest);
  const { exitCode, stdout, stderr } = await host.run(`xen-image create --json ${path}`, { timeoutMs: 120_000 });
  equal(exitCode, 1, `${stdout}${stderr}`);
  const { error } = JSON.parse(stdout) as { error: PrintedError };
  equal(error.code, code, stdout);
  return error;
}

/** The error that a create must end with, and a host as it was. */
export async function refused(tools: CaseTools, guest: OwnGuest, code: string): Promise<PrintedError> {
  const before = await settledState(tools.host);
  const error = await failsWith(tools.host, guest, code);
  await untilAsBefore(tools.host, before);
  return error;
}

/** The beginning of a program for dom0's node: `load(NAME)` imports an installed package, `toolstack()` makes one. */
const PRELUDE = `
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
const require = createRequire('/opt/xen-image/node_modules/');
const load = (name) => import(pathToFileURL(require.resolve(name)));
const deep = (name, file) => import(pathToFileURL(require.resolve(name).replace(/[^/]*$/, file)));
async function toolstack() {
  const { Toolstack } = await load('@xen-image/core');
  const plugins = [
    (await load('@xen-image/handler-x86-pv')).default,
    (await load('@xen-image/handler-x86-hvm')).default,
    (await load('@xen-image/xc-bindings')).xenPlugin(),
    (await load('@xen-image/xenstore')).xenStorePlugin(),
    (await load('@xen-image/posix')).posixPlugin(),
    (await load('@xen-image/dm-qemu')).qemuDialectsPlugin,
    (await load('@xen-image/dm-qemu')).qemuProcessPlugin(),
  ];
  return new Toolstack({ plugins });
}
`;

/** Writes a program that uses the installed packages, and gives the command that runs it. */
export async function program(host: Host, name: string, body: string): Promise<string> {
  const path = `/tmp/${name}.mjs`;
  await host.must(`cat > ${path}`, { input: PRELUDE + body });
  return `node ${path}`;
}
