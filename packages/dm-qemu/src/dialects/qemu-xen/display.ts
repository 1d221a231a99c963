import { isIPv6 } from 'node:net';
import type { DeviceModelArg, VncArg } from '@xen-image/core/plugin';
import { escaped, implied } from '../options.js';

/** The id of the TLS credentials that the VNC server refers to. */
const CREDENTIALS = 'vnc-tls';

/** QEMU looks at this many displays beyond the first where it may choose: libxl's number. */
const DISPLAYS_TRIED = 99;

function address(listen: string): string {
  return isIPv6(listen) ? `[${listen}]` : listen;
}

/**
 * A VNC server: `password=on` asks for the password that comes over the control socket; `to` stands last. Unlike libxl,
 * which has no TLS, the certificates of a directory are offered through credentials of their own.
 */
export function vncOptions({ listen, display, password, findUnused, tls }: VncArg): string[] {
  let option = implied('vnc', `${address(listen)}:${display}`);
  if (password) option += ',password=on';
  if (tls !== null) option += `,tls-creds=${CREDENTIALS}`;
  if (findUnused) option += `,to=${DISPLAYS_TRIED}`;
  if (tls === null) return ['-vnc', option];
  const { certificateDirectory, verify } = tls;
  const credentials =
    `tls-creds-x509,id=${CREDENTIALS},dir=${escaped(certificateDirectory)},` +
    `endpoint=server,verify-peer=${verify ? 'on' : 'off'}`;
  return ['-object', credentials, '-vnc', option];
}

/** How the screen is shown: without a server none is made, and no window but the one asked for. */
export function displayOptions(args: readonly DeviceModelArg[]): string[] {
  const argv: string[] = [];
  const vnc = args.find((arg) => arg.arg === 'vnc');
  argv.push(...(vnc === undefined ? ['-vnc', 'none'] : vncOptions(vnc)));
  argv.push('-display', 'none');
  if (args.some((arg) => arg.arg === 'sdl')) argv.push('-display', 'sdl');
  for (const arg of args) if (arg.arg === 'keymap') argv.push('-k', arg.keymap);
  return argv;
}
