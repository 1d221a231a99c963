import type { Host } from '../contract/ports/host.js';
import { XenImageError } from '../errors.js';
import type { ImagePlan } from '../plan/image-plan.js';
import type { Registry } from '../registry/registry.js';

/**
 * Looks for the program of a plan's device model before anything is made for the guest. A name without a directory is
 * looked for by its start alone.
 *
 * @throws XenImageError `DEVICE_MODEL_MISSING`
 */
export async function requireProgram({ deviceModel }: ImagePlan, registry: Registry, host: Host): Promise<void> {
  const { program, dialect } = deviceModel;
  if (program?.startsWith('/') !== true || (await host.pathKind(program)) !== 'absent') return;
  const hint = registry.dialects.get(dialect)?.value.absentHint;
  throw new XenImageError('DEVICE_MODEL_MISSING', `there is no device model ${program} (${dialect})`, {
    phase: 'device-model',
    data: { program, dialect },
    ...(hint === undefined ? {} : { hint }),
  });
}
