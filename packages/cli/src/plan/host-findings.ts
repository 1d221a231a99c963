import type { Finding, HostFacts, ImagePlan } from '@xen-image/core';
import type { PlanningHost } from '../toolstack/planning-host.js';

/** What a plan needs and its host lacks: memory, bridges. A typical host that nobody has lacks nothing. */
export function hostFindings(plan: ImagePlan, facts: HostFacts, source: PlanningHost['source']): Finding[] {
  if (source === 'built-in') return [];
  return [...memoryFindings(plan, facts), ...bridgeFindings(plan, facts)];
}

function memoryFindings({ memory }: ImagePlan, { freeMemoryKib }: HostFacts): Finding[] {
  const neededKib = memory.freeNeeded.value;
  if (freeMemoryKib === null || freeMemoryKib >= neededKib) return [];
  return [
    {
      severity: 'error',
      code: 'MEMORY_SHORT',
      message: `${neededKib} KiB must be free, and ${freeMemoryKib} KiB are`,
      hint: `Free ${neededKib - freeMemoryKib} KiB: shut a guest down, give it less memory, or lower dom0's.`,
    },
  ];
}

function bridgeFindings({ config }: ImagePlan, { bridges }: HostFacts): Finding[] {
  const missing = new Set(config.nics.map(({ bridge }) => bridge).filter((bridge) => !bridges.includes(bridge)));
  return [...missing].map((bridge) => ({
    severity: 'warning',
    code: 'BRIDGE_MISSING',
    message: `the host has no bridge ${JSON.stringify(bridge)}`,
    ...(bridges.length === 0 ? {} : { hint: `It has ${bridges.join(', ')}.` }),
  }));
}
