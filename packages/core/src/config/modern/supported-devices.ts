import type { Finding } from '../../contract/profile.js';
import type { DiskConfig, DomainConfig } from '../domain-config.js';
import type { Settings } from './settings.js';

function place(settings: Settings, key: 'disk' | 'vif', index: number): Pick<Finding, 'position'> {
  const position = settings.sources(key)[index]?.position ?? settings.position(key);
  return position === undefined ? {} : { position };
}

const HINT =
  'Paravirtual back ends are set up by other tools. --without-devices creates the guest without these devices.';

function unsupported(what: string, where: Pick<Finding, 'position'>): Finding {
  return {
    severity: 'error',
    code: 'DEVICE_UNSUPPORTED',
    message: `${what} needs a back end that is not set up here`,
    hint: HINT,
    ...where,
  };
}

function describe(disk: DiskConfig): string {
  return `disk ${disk.vdev} (${disk.target ?? 'no medium'})`;
}

/**
 * Names the devices that need a paravirtual back end, which nothing here sets up: disks and nics of a PV or PVH guest,
 * nics of an HVM guest. The disks of an HVM guest are emulated; a guest that unplugs emulated disks would lose them.
 *
 * @param without - leave such devices out of the configuration
 */
export function supportedDevices(
  config: DomainConfig,
  settings: Settings,
  without: boolean,
): { readonly config: DomainConfig; readonly findings: readonly Finding[] } {
  const hvm = config.imageType === 'hvm';
  const findings: Finding[] = [];
  if (!hvm && !without) {
    config.disks.forEach((disk, index) => findings.push(unsupported(describe(disk), place(settings, 'disk', index))));
  }
  if (!without) {
    config.nics.forEach((nic, index) => findings.push(unsupported(`nic ${nic.mac}`, place(settings, 'vif', index))));
  }
  if (hvm && config.disks.length > 0) {
    findings.push({
      severity: 'warning',
      code: 'DISK_EMULATED_ONLY',
      message: 'the disks are emulated only; a guest with paravirtual drivers unplugs them',
      hint: 'Add xen_emul_unplug=never to the command line of such a guest.',
      ...place(settings, 'disk', 0),
    });
  }
  return { config: without ? { ...config, nics: [], disks: hvm ? config.disks : [] } : config, findings };
}
