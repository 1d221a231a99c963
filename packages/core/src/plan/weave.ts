import type { Action, ActionLists, Step } from '../contract/actions.js';
import type { Refusal } from '../contract/profile.js';
import { SECTION_ORDER } from '../sequences/sections.js';

/** Steps in the order in which they run when a domain is created. */
function runningOrder(lists: ActionLists): Step[] {
  return (Object.keys(lists) as Step[]).filter((step) => step !== 'restore' && step !== 'cleanup');
}

/**
 * Places a refusal: its step ends with it after the last action that the original still performed, and the steps
 * after it are empty. `cleanup` stays: what a bootloader left goes whatever happened.
 *
 * Sections that core does not know (a third party's) count as part of the known one before them.
 */
export function weaveRefusal(lists: ActionLists, refusal: Refusal): ActionLists {
  const woven: Record<string, readonly Action[]> = { ...lists };
  const { step, after, error } = refusal;
  const actions = lists[step];
  woven[step] = [
    ...actions.slice(0, cutAt(actions, step, after)),
    { kind: 'refuse', section: after ?? 'start', error },
  ];
  if (step !== 'restore') {
    const order = runningOrder(lists);
    for (const later of order.slice(order.indexOf(step) + 1)) woven[later] = [];
  }
  return woven as unknown as ActionLists;
}

/** The index of the first action beyond the section `after`. */
function cutAt(actions: readonly Action[], step: Step, after: string | null): number {
  if (after === null) return 0;
  const order: readonly string[] = SECTION_ORDER[step];
  const limit = order.indexOf(after);
  if (limit === -1) throw new TypeError(`step ${step} has no section ${after}`);
  const index = actions.findIndex((action) => order.indexOf(action.section) > limit);
  return index === -1 ? actions.length : index;
}
