import { deviceModelArgs } from '@xen-image/core/plugin';

/**
 * What the guest's device model is told; none here.
 *
 * TODO: where your guests have one: supports.deviceModel, and arguments by section, as `deviceModelPlan` takes them.
 *
 * @returns {import('@xen-image/core/plugin').DeviceModelPlan}
 */
export function deviceModel() {
  return { program: null, args: deviceModelArgs({}), environment: {}, vncPassword: null };
}
