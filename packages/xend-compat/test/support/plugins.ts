import type { Plugin } from '@xen-image/core';
import { qemuDialectsPlugin } from '@xen-image/dm-qemu';
import { ia64Plugin } from '@xen-image/handler-ia64';
import { x86HvmPlugin } from '@xen-image/handler-x86-hvm';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';

/** The handlers that are judged by the recorded cases, and the dialects. */
export const PLUGINS: readonly Plugin[] = [x86PvPlugin, x86HvmPlugin, ia64Plugin, qemuDialectsPlugin];
