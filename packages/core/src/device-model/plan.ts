import type { DomainConfig } from '../config/domain-config.js';
import type { DeviceModelArgs, DeviceModelPlan } from '../contract/device-model.js';
import { displayEnvironment, vncPassword } from './display.js';

/** A guest's device model with these arguments: program, environment and password as configured. */
export function deviceModelPlan(config: DomainConfig, args: DeviceModelArgs): DeviceModelPlan {
  return {
    program: config.deviceModel.program,
    args,
    environment: displayEnvironment(config),
    vncPassword: vncPassword(config),
  };
}
