import type { ImagePlan } from '@xen-image/core';
import { isJoined, isRef, STEPS, type Action, type BuildSpec, type ErrorSpec, type Step } from '@xen-image/core/plugin';

/** An action with the step it stands in. */
export interface Placed {
  readonly step: Step;
  readonly action: Action;
}

/** The actions of a creation, in the order in which they run. */
export function creation(plan: ImagePlan): readonly Placed[] {
  return STEPS.flatMap((step) => plan.actions[step].map((action) => ({ step, action })));
}

/** What the plan builds from; the first where it has several builds. */
export function specOf(plan: ImagePlan): BuildSpec | undefined {
  for (const { action } of creation(plan)) if (action.kind === 'build') return action.spec;
  return undefined;
}

/** Names of results that a value refers to, however deep they stand. */
export function refsIn(value: unknown): string[] {
  if (isRef(value)) return [value.ref];
  if (isJoined(value)) return [value.join.ref];
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.values(value).flatMap(refsIn);
}

/** Results that an action leaves for later ones. Those of a plugin's own kinds are known only when they have run. */
export function leaves(action: Action): readonly string[] {
  switch (action.kind) {
    case 'get-hvm-param':
      return [action.as];
    case 'build':
      return ['image', 'storeFrame', 'consoleFrame', 'notes'];
    case 'note':
      return ['notes'];
    case 'set-cpuid':
    case 'read-cpuid':
      return ['cpuid'];
    case 'check-cpuid':
      return ['cpuidCheck'];
    default:
      return [];
  }
}

/** The error that an action ends with, where it looks and may refuse. */
export function errorOf(action: Action): ErrorSpec | undefined {
  return 'error' in action ? action.error : undefined;
}

/** The form of every code. */
export const CODE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
