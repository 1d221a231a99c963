import type { Restriction } from '../contract/device-model.js';
import type { DeviceModels } from '../contract/ports/device-models.js';
import type { Finding } from '../contract/profile.js';
import { DEVICE_MODELS, HOST } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { asXenImageError } from '../execute/undo.js';
import type { ImagePlan } from '../plan/image-plan.js';
import { typicalRestriction } from '../plan/typical-restriction.js';
import type { Operation } from '../registry/operation.js';
import type { Registry } from '../registry/registry.js';
import { requireProgram } from './program.js';

/** What a guest's device model gives up, and what is to be told about that. */
export interface DecidedRestriction {
  /** Absent where it keeps the rights of root. */
  readonly restriction?: Restriction;
  readonly findings: readonly Finding[];
}

const KEEPS_ALL: DecidedRestriction = { findings: [] };

/** Whether a plan would have its device model restricted: a PC's, in a dialect that can, unless that is turned off. */
export function wantsRestriction(plan: ImagePlan, registry: Registry): boolean {
  const { program, dialect, args } = plan.deviceModel;
  if (program === null || plan.config.deviceModel.restrict === false) return false;
  // What serves a PV guest its devices goes on needing xenstore and grants.
  const pv = args.machine.some((arg) => arg.arg === 'machine' && arg.machine === 'pv');
  return !pv && registry.dialects.get(dialect)?.value.restricts === true;
}

/**
 * Decides what a guest's device model gives up on this host. Where its program cannot, it keeps the rights of root and that
 * is told, unless the configuration demands the restriction.
 *
 * @param models - absent on a host that is planned for only
 * @param domid - a placeholder while there is no domain
 * @throws XenImageError `DEVICE_MODEL_UNRESTRICTED`, `DEVICE_MODEL_USER`
 */
export async function decideRestriction(
  models: DeviceModels | undefined,
  plan: ImagePlan,
  registry: Registry,
  domid: number | string,
): Promise<DecidedRestriction> {
  const { program } = plan.deviceModel;
  if (program === null || !wantsRestriction(plan, registry)) return KEEPS_ALL;
  // On paper, what a typical host would do.
  if (models === undefined) return { restriction: typicalRestriction(domid), findings: [] };
  if (models.restriction === undefined) return KEEPS_ALL;
  const { restrict, user } = plan.config.deviceModel;
  const possible = await models.restriction({ program, domid, ...(user === undefined ? {} : { user }) });
  if (!('lacking' in possible)) return { restriction: possible, findings: [] };
  const message = `the device model keeps the rights of root: ${possible.lacking}`;
  const hint = 'Install a QEMU of 3.0 or later that is built for Xen; dm_restrict = 0 does without.';
  if (restrict === true || user !== undefined) {
    throw new XenImageError('DEVICE_MODEL_UNRESTRICTED', message, { phase: 'plan', hint });
  }
  return { findings: [{ severity: 'warning', code: 'DEVICE_MODEL_UNRESTRICTED', message, hint }] };
}

/** A program that is not this host's own is asked what it can only when it is to be started. */
function unasked(program: string | null): DecidedRestriction {
  const message = `${String(program)} is named by the configuration, and no plan runs it: create asks it what it can give up`;
  return {
    restriction: typicalRestriction('<domid>'),
    findings: [{ severity: 'warning', code: 'DEVICE_MODEL_UNASKED', message }],
  };
}

/** As a create would decide it, for a plan that is only looked at: what would end the create is a finding. */
export async function findRestriction(
  operation: Operation,
  plan: ImagePlan,
  registry: Registry,
): Promise<DecidedRestriction> {
  const models = operation.find(DEVICE_MODELS);
  try {
    if (models !== undefined && wantsRestriction(plan, registry)) {
      const host = operation.get(HOST);
      await requireProgram(plan, registry, host);
      const { program } = plan.deviceModel;
      // A plan runs nothing that a configuration names: whoever looks at one does not trust it yet.
      if (program !== (await host.facts()).options.deviceModel) return unasked(program);
    }
    return await decideRestriction(models, plan, registry, '<domid>');
  } catch (error) {
    const { code, message, hint } = asXenImageError(error);
    return { findings: [{ severity: 'error', code, message, ...(hint === undefined ? {} : { hint }) }] };
  }
}
