export { STATE_FD } from './argv.js';
export { controlSockets, qemuXen, qemuXenDialect, qmpSocketPath, type QemuXenOptions } from './dialect.js';
