/**
 * What commands do, as one chunk of the bundle: they share most of what they need. Drivers, the profile of xend and
 * other rare things are chunks of their own.
 *
 * @packageDocumentation
 */
export { run as completion } from './completion.js';
export { run as console } from './console.js';
export { run as create } from './create.js';
export { run as destroy } from './destroy.js';
export { run as doctor } from './doctor.js';
export { run as handlers } from './handlers.js';
export { run as list } from './list.js';
export { run as newHandler } from './new-handler.js';
export { run as pause } from './pause.js';
export { run as plan } from './plan.js';
export { run as recover } from './recover.js';
export { run as replay } from './replay.js';
export { run as restoreDeviceModel } from './restore-device-model.js';
export { run as resume } from './resume.js';
export { run as saveDeviceModel } from './save-device-model.js';
export { run as serve } from './serve.js';
export { run as shutdown } from './shutdown.js';
export { run as unpause } from './unpause.js';
export { run as watch } from './watch.js';
