import { isXenImageError } from '@xen-image/core';
import type { Check, CheckResult } from './check.js';

/** Makes the checks one after the other; those that need a failed one are left out, and say so. */
export async function runChecks(checks: readonly Check[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    const lacking = check.needs?.find((need) =>
      results.some(({ name, status }) => name === need && (status === 'failed' || status === 'skipped')),
    );
    results.push(lacking === undefined ? await look(check) : skipped(check, lacking));
  }
  return results;
}

async function look({ name, look: findOut }: Check): Promise<CheckResult> {
  try {
    return { name, ...(await findOut()) };
  } catch (error) {
    const cure = isXenImageError(error) ? error.hint : undefined;
    const said = error instanceof Error ? error.message : String(error);
    return { name, status: 'failed', said, ...(cure === undefined ? {} : { cure }) };
  }
}

function skipped({ name }: Check, lacking: string): CheckResult {
  return { name, status: 'skipped', said: `not looked at without: ${lacking}`, cure: `See to ${lacking} first.` };
}
