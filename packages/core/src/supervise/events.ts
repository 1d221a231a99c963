import type { LifecycleAction } from '../config/domain-config.js';
import type { DeviceModelEnd, WatchedDeviceModel } from '../contract/ports/device-models.js';
import type { ShutdownReason } from '../contract/ports/domains.js';
import type { XenImageError } from '../errors.js';

/** The domain that an event speaks of. */
export interface SupervisedDomain {
  readonly domid: number;
  readonly uuid: string;
  readonly name: string;
}

/** What a supervisor sees and does. docs/device-models.md says what each means to an operator. */
export type SupervisionEvent =
  /** Everything that ran is accounted for; from now on nothing is missed. */
  | { readonly event: 'supervising'; readonly domains: number; readonly deviceModels: number }
  | { readonly event: 'device-model-watched'; readonly model: WatchedDeviceModel; readonly adopted: boolean }
  /** `crashed`: its domain is marked crashed, by this supervisor or by the hypervisor. */
  | {
      readonly event: 'device-model-died';
      readonly model: WatchedDeviceModel;
      readonly end: DeviceModelEnd;
      readonly message: string;
      readonly said: readonly string[];
      readonly crashed: boolean;
    }
  | { readonly event: 'device-model-stopped'; readonly model: WatchedDeviceModel }
  | { readonly event: 'device-model-unwatchable'; readonly model: WatchedDeviceModel; readonly why: string }
  /** A domain has shut down, and this is what follows. */
  | {
      readonly event: 'domain-shutdown';
      readonly domain: SupervisedDomain;
      readonly reason: ShutdownReason;
      readonly action: LifecycleAction;
    }
  | { readonly event: 'domain-destroyed'; readonly domain: SupervisedDomain }
  /** `before` is the domain that it was; after a rename-restart that one stays, under the name given here. */
  | { readonly event: 'domain-restarted'; readonly domain: SupervisedDomain; readonly before: SupervisedDomain }
  /** It stays as it is, for the operator to look at. */
  | { readonly event: 'domain-preserved'; readonly domain: SupervisedDomain; readonly reason: ShutdownReason }
  /** A domain of those that were asked for is gone, whoever ended it; the last of them ends the supervision. */
  | { readonly event: 'domain-gone'; readonly uuid: string }
  /** It was started again too often in too short a time, and is destroyed. */
  | {
      readonly event: 'restart-refused';
      readonly domain: SupervisedDomain;
      readonly restarts: number;
      readonly withinMs: number;
    }
  /** Something could not be done; supervision goes on. */
  | { readonly event: 'failed'; readonly domain: SupervisedDomain; readonly error: XenImageError };
