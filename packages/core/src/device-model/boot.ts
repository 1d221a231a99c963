import type { DomainConfig } from '../config/domain-config.js';
import type { DeviceModelArg } from '../contract/device-model.js';

/** Section `boot` of an HVM guest: cpus, a kernel booted directly, the order of devices. */
export function bootArgs({ boot, vcpus }: DomainConfig): readonly DeviceModelArg[] {
  const args: DeviceModelArg[] = [{ arg: 'vcpus', online: vcpus.online, maximum: vcpus.maximum }];
  const kernel = boot.kernel.value;
  const ramdisk = boot.ramdisk.value;
  const commandLine = boot.commandLine.value;
  if (kernel !== null || ramdisk !== null || commandLine !== '') {
    args.push({ arg: 'direct-boot', kernel, ramdisk, commandLine });
  }
  if (boot.order !== null && boot.order !== '') args.push({ arg: 'boot-order', order: boot.order });
  return args;
}
