import type { DomainConfig } from '../config/domain-config.js';
import type { DeviceModelArg, ExtraArg } from '../contract/device-model.js';

/** Section `identity`: who the guest is. */
export function identityArgs({ name }: DomainConfig): readonly DeviceModelArg[] {
  return [{ arg: 'domain-name', name }];
}

/** The operator's own arguments, which stand before the machine. */
export function extraArgs({ deviceModel }: DomainConfig): readonly ExtraArg[] {
  return deviceModel.extraArgs.map((text) => ({ arg: 'extra', text }));
}
