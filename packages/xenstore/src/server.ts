export { serveStore } from './server/serve.js';
export type { StoreServer, StoreServerOptions } from './server/serve.js';
export type { Awaitable, Caller, StoreBackend } from './server/backend.js';
