export { connectXenStore } from './client.js';
export type { XenStoreClient, XenStoreOptions } from './client.js';
export type { ReconnectOptions } from './link.js';
export type { RequestOptions, StoreRequests } from './store.js';
export type {
  BatchAnswer,
  BatchAnswers,
  BatchOperation,
  DirectoryOperation,
  GetPermsOperation,
  MkdirOperation,
  ReadOperation,
  RmOperation,
  SetPermsOperation,
  WriteOperation,
} from './batch.js';
export type { Transaction, TransactionOptions } from './transaction.js';
export type { Watch, WatchOptions } from './watch.js';
export type { WatchCause, WatchEvent } from './watch-queue.js';
export { formatPermission, parsePermission } from './permissions.js';
export type { Permission } from './permissions.js';
export { ABSOLUTE_PATH_MAX, checkPath, RELATIVE_PATH_MAX } from './path.js';
export type { PathKind } from './path.js';
export { PAYLOAD_MAX } from './wire.js';
export { xenStorePort } from './port.js';
export type { ClientSource } from './port.js';
export { xenStorePlugin } from './plugin.js';
export type { XenStorePluginOptions } from './plugin.js';
