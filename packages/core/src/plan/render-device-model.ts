import type { Dialect, DialectContext, Restriction } from '../contract/device-model.js';
import type { PlannedDeviceModel } from './image-plan.js';

/** A device model's command line without argv[0], and the environment added to the toolstack's own. */
export interface RenderedDeviceModel {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What it gives up once it has started; absent where it keeps the rights of root. */
  readonly restriction?: Restriction;
}

/** Spells a planned device model in its dialect. Throws what the dialect refuses with. */
export function renderDeviceModel(
  deviceModel: PlannedDeviceModel,
  dialect: Dialect,
  context: DialectContext,
): RenderedDeviceModel {
  return {
    argv: dialect.argv(deviceModel.args, context),
    environment: { ...dialect.environment(context), ...deviceModel.environment },
    ...(context.restriction === undefined ? {} : { restriction: context.restriction }),
  };
}
