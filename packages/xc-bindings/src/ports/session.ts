import { token, type PortScope, type Token } from '@xen-image/core';
import { takeHandle, type XcHandle } from '../library/handle.js';
import type { XenLibraries } from '../library/libraries.js';

/** The handle of one operation, opened when it is first used. */
export interface XcSession {
  handle(): Promise<XcHandle>;
}

/** The session that the ports of one operation share. */
export const XC_SESSION: Token<XcSession> = token('@xen-image/xc-bindings', 'XcSession');

/** A session whose handle is given back with its operation. */
export function xcSession(libraries: () => Promise<XenLibraries>, scope: PortScope): XcSession {
  let opening: Promise<XcHandle> | undefined;
  scope.onClose(async () => {
    await (await opening?.catch(() => undefined))?.close();
  });
  return {
    handle: () => (opening ??= libraries().then(takeHandle)),
  };
}
