import type { Action, CheckPath, Refuse, RequireCapability } from '../contract/actions.js';
import { HOST } from '../contract/tokens.js';
import { withoutStack, XenImageError } from '../errors.js';
import type { Execution } from './execution.js';

/** An action that looks and does not act. */
export type Check = CheckPath | RequireCapability | Refuse;

/** Whether an action only looks. */
export function isCheck(action: Action): action is Check {
  return action.kind === 'check-path' || action.kind === 'require-capability' || action.kind === 'refuse';
}

/** Looks, and throws the check's own error where it fails. */
export async function runCheck(check: Check, execution: Pick<Execution, 'port'>): Promise<void> {
  if (await holds(check, execution)) return;
  const { code, message, hint } = check.error;
  throw withoutStack(() => new XenImageError(code, message, hint === undefined ? {} : { hint }));
}

async function holds(check: Check, { port }: Pick<Execution, 'port'>): Promise<boolean> {
  switch (check.kind) {
    case 'check-path': {
      const kind = await port(HOST).pathKind(check.path);
      return check.want === 'file' ? kind === 'file' : kind !== 'absent';
    }
    case 'require-capability':
      return (await port(HOST).capabilities()).includes(check.capability);
    case 'refuse':
      return false;
  }
}
