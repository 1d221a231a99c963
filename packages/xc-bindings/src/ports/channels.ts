import { HVM_PARAMS, type EventChannels, type HvmParams } from '@xen-image/core';
import { allocateUnbound, getHvmParam, setHvmParam } from '../calls/channels.js';
import type { XcSession } from './session.js';

/** `EventChannels` over libxenctrl. */
export function eventChannelsPort(session: XcSession): EventChannels {
  return {
    allocateUnbound: async (domid, remoteDomid) => allocateUnbound(await session.handle(), domid, remoteDomid),
  };
}

/** `HvmParams` over libxenctrl. */
export function hvmParamsPort(session: XcSession): HvmParams {
  return {
    set: async (domid, param, value) => setHvmParam(await session.handle(), domid, HVM_PARAMS[param], value),
    get: async (domid, param) => Number(await getHvmParam(await session.handle(), domid, HVM_PARAMS[param])),
  };
}
