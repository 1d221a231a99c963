/**
 * QEMU as the device model of Xen guests.
 *
 * @packageDocumentation
 */
export { qemuDialectsPlugin } from './dialects/plugin.js';
export { qemuXen, qemuXenDialect, qmpSocketPath, STATE_FD, type QemuXenOptions } from './dialects/qemu-xen/index.js';
export { qemuXenTraditional } from './dialects/traditional.js';
