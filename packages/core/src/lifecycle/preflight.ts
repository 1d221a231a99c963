import type { Action } from '../contract/actions.js';
import type { Finding } from '../contract/profile.js';
import type { Token } from '../contract/tokens.js';
import { isCheck, runCheck } from '../execute/checks.js';
import { asXenImageError } from '../execute/undo.js';
import type { ImagePlan } from '../plan/image-plan.js';

type Ports = { readonly port: <T>(token: Token<T>) => T };

function allActions(plan: ImagePlan): Action[] {
  const { restore: _restore, cleanup: _cleanup, ...creation } = plan.actions;
  return Object.values(creation).flat();
}

/** Runs every check of a plan before anything is taken. Throws the first that fails. */
export async function preflight(plan: ImagePlan, ports: Ports): Promise<void> {
  for (const action of allActions(plan)) {
    if (isCheck(action)) await runCheck(action, ports);
  }
}

/** What the checks of a plan find on this host, each as a finding: nothing is thrown. */
export async function findProblems(plan: ImagePlan, ports: Ports): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const action of allActions(plan)) {
    if (action.kind === 'warn') findings.push({ code: action.code, severity: 'warning', message: action.message });
    if (!isCheck(action)) continue;
    try {
      await runCheck(action, ports);
    } catch (error) {
      const { code, message, hint } = asXenImageError(error);
      findings.push({ code, severity: 'error', message, ...(hint === undefined ? {} : { hint }) });
    }
  }
  return findings;
}
