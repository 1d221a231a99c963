import type { Dialect } from '@xen-image/core/plugin';
import { finished } from '../refuse.js';
import { commandLine, guestOptions } from './argv.js';

const NAME = 'qemu-xen';

/** Where libxl keeps the sockets of device models: XEN_RUN_DIR of a default build. */
const RUN_DIRECTORY = '/var/run/xen';

/** What QEMU writes to the console log of a guest at most, in bytes: libxl's figure for XSA-180. */
const CONSOLE_LIMIT_BYTES = 1048576;

/** How the dialect is set up for a host. */
export interface QemuXenOptions {
  /** Where the control sockets are made; `/var/run/xen` where not given. */
  readonly runDirectory?: string;
}

/** The control socket of a domain's device model, where libxl and xl look for it too. */
export function qmpSocketPath(domid: number, runDirectory: string = RUN_DIRECTORY): string {
  return `${runDirectory}/qmp-libxl-${domid}`;
}

/** All control sockets of a domain's device model: ours, and the one that libxenstat asks. */
export function controlSockets(domid: number, runDirectory: string = RUN_DIRECTORY): string[] {
  return [qmpSocketPath(domid, runDirectory), `${runDirectory}/qmp-libxenstat-${domid}`];
}

/**
 * The language of today's QEMU under Xen, option by option as libxl of Xen 4.17 speaks it
 * (tools/libs/light/libxl_dm.c), with values escaped where QEMU splits at commas.
 *
 * Some arguments are passed over, since this device model needs none of them: `localtime` and `acpi` (the hypervisor
 * keeps the offset; ACPI is on), `video-ram` and `std-vga` (told with the card), OpenGL of a window, serial ports of PV
 * guests, and disks beyond the fourth on IDE, which guests reach by paravirtual drivers. Floppies, the monitor on a
 * console and an ISA machine are refused.
 */
export function qemuXenDialect({ runDirectory = RUN_DIRECTORY }: QemuXenOptions = {}): Dialect {
  return {
    name: NAME,
    argv: (args, context) => finished(NAME, commandLine(args, context, runDirectory)),
    options: (args, context) => finished(NAME, guestOptions(args, context)),
    readiness: 'xenstore',
    restricts: true,
    absentHint: 'Install it (Debian: qemu-system-xen), or name another with device_model_override.',
    environment: ({ domid }) => ({
      XEN_DOMAIN_ID: String(domid),
      XEN_QEMU_CONSOLE_LIMIT: String(CONSOLE_LIMIT_BYTES),
    }),
  };
}

/** The dialect with libxl's directories. */
export const qemuXen: Dialect = qemuXenDialect();
