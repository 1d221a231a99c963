/**
 * QEMU as the device model of Xen guests.
 *
 * @packageDocumentation
 */
export { qemuDialectsPlugin } from './dialects/plugin.js';
export { qemuXen, qemuXenDialect, qmpSocketPath, STATE_FD, type QemuXenOptions } from './dialects/qemu-xen/index.js';
export { qemuXenTraditional } from './dialects/traditional.js';
export { qemuDialectsPlugin as default } from './dialects/plugin.js';
export type { DeviceModelPlaces } from './process/places.js';
export { qemuProcessPlugin } from './process/plugin.js';
export type { UserFiles } from './restrict/users.js';
export { connectQmp, type QmpConnection, type QmpEvent } from './qmp/connection.js';
export { openQmp, type Qmp, type QmpStatus, type VncServer } from './qmp/commands.js';
