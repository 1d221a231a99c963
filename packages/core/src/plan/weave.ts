import type { Action, ActionLists, Step } from '../contract/actions.js';
import type { Refusal } from '../contract/profile.js';
import { SECTION_ORDER } from '../sequences/sections.js';

/** Steps in the order in which they run when a domain is created. */
function runningOrder(lists: ActionLists): Step[] {
  return (Object.keys(lists) as Step[]).filter((step) => step !== 'restore' && step !== 'cleanup');
}

/**
 * Places a refusal: its step ends with it after the last action that the original still performed, and the steps
 * after it are empty. `cleanup` stays: what a bootloader left goes whatever happened. `restore` repeats a section of
 * its own, so a refusal within that section stands there too.
 *
 * Sections that core does not know (a third party's) count as part of the known one before them.
 */
export function weaveRefusal(lists: ActionLists, refusal: Refusal): ActionLists {
  const woven: Record<string, readonly Action[]> = { ...lists };
  const { step, after } = refusal;
  woven[step] = refusedAfter(lists, step, refusal);
  if (step !== 'restore') {
    if (repeatedByRestore(after)) woven['restore'] = refusedAfter(lists, 'restore', refusal);
    const order = runningOrder(lists);
    for (const later of order.slice(order.indexOf(step) + 1)) woven[later] = [];
  }
  return woven as unknown as ActionLists;
}

function repeatedByRestore(section: string | null): boolean {
  return section !== null && (SECTION_ORDER.restore as readonly string[]).includes(section);
}

/** A step's actions up to the refusal's section, then the refusal. */
function refusedAfter(lists: ActionLists, step: Step, { after, error }: Refusal): readonly Action[] {
  const actions = lists[step];
  return [...actions.slice(0, cutAt(actions, step, after)), { kind: 'refuse', section: after ?? 'start', error }];
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
