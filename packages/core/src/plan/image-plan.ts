import type { DomainConfig } from '../config/domain-config.js';
import type { ActionLists } from '../contract/actions.js';
import type { DeviceModelPlan } from '../contract/device-model.js';
import type { HandlerSupports } from '../contract/handler.js';
import type { Figure, MemoryMath } from '../contract/memory.js';
import type { Policy } from '../contract/policy.js';
import type { DomainSpec } from '../contract/ports/domains.js';
import type { DomainRecords, Finding } from '../contract/profile.js';

/** Memory figures of a plan: the handler's, and what the toolstack reserves around them. */
export interface MemoryPlan {
  readonly initialReservation: Figure;
  readonly maximumReservation: Figure;
  /** Available memory for the target. */
  readonly available: Figure;
  /** The domain's limit in the hypervisor. */
  readonly maxMemory: Figure;
  /** The limit of the memory map, where the handler sets one. */
  readonly memmapLimit?: Figure;
  /** The paging pool, in whole MiB. */
  readonly pagingPool: Figure;
  readonly iommuReserve: Figure;
  /** What must be free before the domain is made. */
  readonly freeNeeded: Figure;
}

/** A guest's device model as planned. */
export interface PlannedDeviceModel extends DeviceModelPlan {
  /** The dialect's name. */
  readonly dialect: string;
}

/** Everything decided for one domain: plain data, the functions of `math` apart. */
export interface ImagePlan {
  readonly config: DomainConfig;
  readonly profile: string;
  readonly policy: Policy;
  readonly handler: {
    readonly plugin: string;
    readonly arch: string;
    readonly imageType: string;
    readonly supports: HandlerSupports;
  };
  readonly ostype: string;
  readonly domain: DomainSpec;
  readonly memory: MemoryPlan;
  /** The handler's memory functions, for figures beyond the plan's own. */
  readonly math: MemoryMath;
  readonly actions: ActionLists;
  readonly records: DomainRecords;
  readonly deviceModel: PlannedDeviceModel;
  readonly findings: readonly Finding[];
}
