import type { Settings } from '@xen-image/core';

/** The address of an NFS server that xm put in where none was named. */
const NO_NFS_SERVER = '127.0.255.255';

/** The kernel's `ip=`, where an address or DHCP is asked for. */
function addressOf(settings: Settings): string {
  const text = (key: string, absent = ''): string => settings.text(key) ?? absent;
  const dhcp = text('dhcp', 'off');
  if (text('ip') === '' && dhcp === 'off') return '';
  const server = text('nfs_server');
  return [
    text('ip').replace(/^ip=/, ''),
    server === '' ? NO_NFS_SERVER : server,
    text('gateway'),
    text('netmask'),
    text('hostname'),
    text('interface', 'eth0'),
    dhcp,
  ].join(':');
}

/** What stands on the command line beside `root` and `ip`: `extra`, behind the root of an NFS system where it has one. */
function extraOf(settings: Settings): string {
  const extra = settings.text('extra') ?? '';
  const nfsRoot = settings.text('nfs_root') ?? '';
  if (nfsRoot === '') return extra;
  const server = settings.text('nfs_server') ?? '';
  if (server === '') {
    throw settings.error(
      'CONFIG_MISSING',
      'nfs_root is set and no nfs_server',
      'nfs_root',
      'add nfs_server = "ADDRESS"',
    );
  }
  return `nfsroot=${server}:${nfsRoot} ${extra}`;
}

/**
 * The kernel's command line as xm and xend put it together: `root`, `ip`, then `extra`, which has the last word; a whole
 * one of xl's (`cmdline`) as it is.
 *
 * @throws XenImageError `CONFIG_MISSING` for an NFS root without a server, `CONFIG_VALUE`
 */
export function commandLineOf(settings: Settings): string {
  const whole = settings.text('cmdline');
  if (whole !== undefined) return whole;
  let line = extraOf(settings);
  const address = addressOf(settings);
  if (address !== '' && !/ip=[^ ]+/.test(line)) line = `ip=${address} ${line}`;
  const root = (settings.text('root') ?? '').replace(/^root=/, '');
  if (root !== '' && !line.includes('root=')) line = `root=${root} ${line}`;
  return line;
}
