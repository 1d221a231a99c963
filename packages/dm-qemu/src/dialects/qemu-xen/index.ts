export { STATE_FD } from './argv.js';
export { qemuXen, qemuXenDialect, qmpSocketPath, type QemuXenOptions } from './dialect.js';
