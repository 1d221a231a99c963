import { failed, NO_LIMIT, systemError, type Limits, type System } from './system.js';

/** Resources by their numbers on Linux (`asm-generic/resource.h`; MIPS, SPARC and Alpha differ, and run no Xen). */
export const RESOURCES = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
} as const;

/** The name of a resource, as in getrlimit(2) without `RLIMIT_`. */
export type Resource = keyof typeof RESOURCES;

/** A resource's limits; `null` for none. Their unit is the resource's: bytes, seconds, a count. */
export interface ResourceLimits {
  readonly soft: number | null;
  readonly hard: number | null;
}

/**
 * Sets a limit of a process and answers the one there was; with no limit given, only answers.
 * @throws XenImageError `SYSTEM_CALL_FAILED` (`EPERM` for raising a hard limit without the right, `ESRCH`)
 */
export function resourceLimits(
  system: System,
  pid: number,
  resource: Resource,
  limits?: ResourceLimits,
): ResourceLimits {
  const before = system.prlimit(pid, RESOURCES[resource], limits === undefined ? undefined : inKernelForm(limits));
  if (failed(before))
    throw systemError(before, `cannot limit ${resource} of process ${String(pid)}`, { pid, resource });
  return { soft: outOfKernelForm(before.soft), hard: outOfKernelForm(before.hard) };
}

function inKernelForm({ soft, hard }: ResourceLimits): Limits {
  return { soft: soft === null ? NO_LIMIT : BigInt(soft), hard: hard === null ? NO_LIMIT : BigInt(hard) };
}

function outOfKernelForm(limit: bigint): number | null {
  return limit === NO_LIMIT ? null : Number(limit);
}

/**
 * Lowers limits of a process, soft and hard ones. What is lower already stays.
 * @throws TypeError for a name that is no resource's; XenImageError as {@link resourceLimits}
 */
export function limitProcess(system: System, pid: number, limits: Readonly<Record<string, number>>): void {
  for (const [name, most] of Object.entries(limits)) {
    if (!Object.hasOwn(RESOURCES, name)) throw new TypeError(`${JSON.stringify(name)} is no resource`);
    const resource = name as Resource;
    const now = resourceLimits(system, pid, resource);
    const lowered = (limit: number | null): number => (limit === null ? most : Math.min(limit, most));
    resourceLimits(system, pid, resource, { soft: lowered(now.soft), hard: lowered(now.hard) });
  }
}
