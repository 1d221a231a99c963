/** How a check came out. What could not be looked at, because an earlier one failed, is `skipped`. */
export type CheckStatus = 'ok' | 'warning' | 'failed' | 'skipped';

/** What a check found. */
export interface CheckResult {
  readonly name: string;
  readonly status: CheckStatus;
  /** What is so, in a sentence. */
  readonly said: string;
  /** What to do about it; for all but `ok`. */
  readonly cure?: string;
}

/** What a check answers by itself; its name stands in the list of checks. */
export type Finding = Omit<CheckResult, 'name'>;

/** One thing that is looked at. */
export interface Check {
  readonly name: string;
  /** Checks without which this one cannot be made. */
  readonly needs?: readonly string[];
  /** Looks; what it throws is a failure, its hint the cure. */
  readonly look: () => Promise<Finding> | Finding;
}

/** Nothing to do. */
export function ok(said: string): Finding {
  return { status: 'ok', said };
}

/** Some things are not possible, or will not go on by themselves. */
export function warning(said: string, cure: string): Finding {
  return { status: 'warning', said, cure };
}

/** No guest can be made. */
export function failed(said: string, cure: string): Finding {
  return { status: 'failed', said, cure };
}
