import { STEPS, type Action, type ImagePlan, type Phase } from '@xen-image/core';
import { describeAction, type DescribeContext, type DescribedAction } from './describe-action.js';
import { count } from './values.js';

/** One thing that creating the domain does. */
export interface TimelineEntry extends DescribedAction {
  /** The section of the handler's sequence it belongs to; empty for what the toolstack does around it. */
  readonly section: string;
}

/** What is done in one phase of a creation, in order. */
export interface TimelinePhase {
  readonly phase: Phase | 'afterwards';
  readonly entries: readonly TimelineEntry[];
}

function own(text: string): TimelineEntry {
  return { section: '', text, details: [] };
}

const GIVE_UP = own('give up the claim');

/**
 * Everything that creating a domain does, in order: the actions of the plan, and around them what core's lifecycle does
 * for every domain.
 */
export function timeline(plan: ImagePlan, context: DescribeContext): TimelinePhase[] {
  const described = (actions: readonly Action[]): TimelineEntry[] =>
    actions.map((action) => ({ section: action.section, ...describeAction(action, context) }));
  const { actions, records, memory, domain, deviceModel } = plan;
  const phases: TimelinePhase[] = [
    {
      phase: 'reserve',
      entries: [own('look whether the name is taken'), own(`wait until ${memory.freeNeeded.value} KiB are free`)],
    },
    {
      phase: 'create',
      entries: [
        own(`create a domain: ${domain.container}${domain.hap ? ' with HAP' : ''}, emulation ${domain.emulation}`),
        own('take the name, and meanwhile'),
        own(`set maximum memory to ${memory.maxMemory.value} KiB`),
        own(`claim ${memory.available.value} KiB`),
        own(`allocate ${count(domain.maxVcpus, 'vcpu')}`),
        ...(memory.pagingPool.value > 0 ? [own(`set paging pool to ${memory.pagingPool.value} KiB`)] : []),
        ...described(records.created),
      ],
    },
    { phase: 'configure', entries: described(actions.configure) },
    {
      phase: 'build',
      entries: [
        own('allocate event channels: <storePort>, <consolePort>'),
        ...STEPS.filter((step) => step !== 'configure').flatMap((step) => described(actions[step])),
      ],
    },
    {
      phase: 'introduce',
      entries: [
        ...(deviceModel.program === null ? [GIVE_UP] : []),
        ...described(records.built),
        own('introduce the domain to xenstore: <storeFrame>, <storePort>'),
        ...described(records.introduced),
      ],
    },
  ];
  if (deviceModel.program !== null) {
    const start = own('start the device model and wait until it is ready');
    phases.push({ phase: 'device-model', entries: [start, GIVE_UP] });
  }
  phases.push({ phase: 'run', entries: [own('unpause')] });
  if (actions.cleanup.length > 0) phases.push({ phase: 'afterwards', entries: described(actions.cleanup) });
  return phases.filter(({ entries }) => entries.length > 0);
}
