import type { DomainConfig, Finding, Settings } from '@xen-image/core';

const HINT =
  'Paravirtual back ends are set up by other tools. --without-devices creates the guest without these devices.';

/**
 * Devices that need a back end, which nothing here sets up: all disks (this device model finds its own through their
 * back ends), and the interfaces that are not emulated.
 *
 * @param without - leave such devices out of the configuration
 */
export function unsupportedDevices(
  config: DomainConfig,
  settings: Settings,
  without: boolean,
): { readonly config: DomainConfig; readonly findings: readonly Finding[] } {
  if (without) {
    const nics = config.nics.filter(({ type }) => type === 'emulated');
    return { config: { ...config, disks: [], nics }, findings: [] };
  }
  const unsupported = (what: string, key: 'disk' | 'vif', index: number): Finding => {
    const position = settings.sources(key)[index]?.position;
    return {
      severity: 'error',
      code: 'DEVICE_UNSUPPORTED',
      message: `${what} needs a back end that is not set up here`,
      hint: HINT,
      ...(position === undefined ? {} : { position }),
    };
  };
  const findings = config.disks.map(({ vdev, target }, index) =>
    unsupported(`disk ${vdev} (${target ?? 'no medium'})`, 'disk', index),
  );
  config.nics.forEach(({ type, mac }, index) => {
    if (type !== 'emulated') findings.push(unsupported(`nic ${mac}`, 'vif', index));
  });
  return { config, findings };
}

/** Firmware that a `kernel` without a `loader` is known to name. */
const FIRMWARE = /(?:^|\/)(?:hvmloader|guest_firmware\.bin)$/;

/** Tells of a kernel that is taken for the firmware, as xend took every kernel of an HVM guest without a loader. */
export function kernelAsLoader(settings: Settings, kernel: string): void {
  if (FIRMWARE.test(kernel)) return;
  settings.tell(
    'warning',
    'CONFIG_KERNEL_IS_LOADER',
    `xend takes kernel = ${JSON.stringify(kernel)} for the firmware loader, because no loader is named`,
    'kernel',
    'add loader = "/usr/lib/xen/boot/hvmloader" to boot the kernel directly',
  );
}
