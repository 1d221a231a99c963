import type { DomainConfig } from '../config/domain-config.js';
import type { Action } from '../contract/actions.js';
import type { Restriction } from '../contract/device-model.js';
import type { DeviceModelStart } from '../contract/ports/device-models.js';
import type { ImagePlan } from '../plan/image-plan.js';
import { renderDeviceModel } from '../plan/render-device-model.js';
import type { Registry } from '../registry/registry.js';

/** What is known only when a device model is started. */
export interface StartContext {
  readonly domid: number;
  readonly restriction?: Restriction | undefined;
  /** The file with the state that it begins from. */
  readonly restoreFrom?: string;
  readonly onWarning?: ((code: string, message: string) => void) | undefined;
}

/** What a domain's device model is started with; `null` where its plan has none. Throws what its dialect refuses with. */
export function deviceModelStart(
  plan: ImagePlan,
  registry: Registry,
  { domid, restriction, restoreFrom, onWarning }: StartContext,
): DeviceModelStart | null {
  const { deviceModel, config } = plan;
  const { program, vncPassword } = deviceModel;
  if (program === null) return null;
  const dialect = registry.dialect(deviceModel.dialect);
  const restricted = restriction === undefined ? {} : { restriction };
  const restore = restoreFrom !== undefined;
  const rendered = renderDeviceModel(deviceModel, dialect, { domid, restore, ...restricted });
  return {
    domid,
    name: config.name,
    uuid: config.uuid,
    program,
    args: rendered.argv,
    environment: rendered.environment,
    readiness: dialect.readiness,
    ...(vncPassword === null ? {} : { vncPassword }),
    // One that was stopped took its directory with it.
    hasDirectory: !restore && makesDirectory(plan.records.created),
    ...(plan.policy.deviceModel.tapPipes === true ? { tapPipes: true } : {}),
    ...restricted,
    writes: writtenFiles(config),
    ...(restore ? { restoreFrom } : {}),
    ...(onWarning === undefined ? {} : { onWarning }),
  };
}

/** What a device model writes to while its guest runs: disks, and serial ports that are files. */
function writtenFiles({ disks, platform }: DomainConfig): readonly string[] {
  const targets = disks.flatMap(({ target, access }) => (target === null || access === 'ro' ? [] : [target]));
  const ports = platform.serial.flatMap((port) => (port.startsWith('file:') ? [port.slice('file:'.length)] : []));
  return [...targets, ...ports];
}

/** Whether a profile makes the directory of a device model in xenstore. */
function makesDirectory(created: readonly Action[]): boolean {
  return created.some((action) => action.kind === 'write-store' && action.root === 'device-model');
}
