import type { Target } from '../engine/target.js';
import { abi } from './abi.js';
import { config } from './config.js';
import { dictionary } from './dictionary.js';
import { guestStore } from './guest-store.js';
import { qmp } from './qmp.js';
import { vectors } from './vectors.js';
import { xenstoreClient } from './xenstore-client.js';
import { xenstoreServer } from './xenstore-server.js';

/** Everything that is fuzzed. */
export const TARGETS: readonly Target[] = [
  config,
  dictionary,
  vectors,
  xenstoreClient,
  xenstoreServer,
  qmp,
  guestStore,
  abi,
];
