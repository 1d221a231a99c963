import type { UserFiles } from '../restrict/users.js';

/** Where device models leave files, and how many logs are kept. Each has a default. */
export interface DeviceModelPlaces {
  /** Logs; `/var/log/xen` where not given. */
  readonly logDirectory?: string;
  /** How many older logs of a domain are kept; with 0 its one log is appended to, and begun anew by a start that
   * finds 16 MiB in it. 10 where not given, as xend did. */
  readonly logGenerations?: number;
  /** Control sockets; `/var/run/xen` where not given. */
  readonly runDirectory?: string;
  /** Sentinels; `/run/xen-image/device-models` where not given. Nobody else may write to it. */
  readonly sentinelDirectory?: string;
  /** Where users and groups are looked up; `/etc/passwd` and `/etc/group` where not given. */
  readonly userFiles?: UserFiles;
  /** Pipes to block-tap; `/var/run/tap` where not given. */
  readonly tapDirectory?: string;
}

/** What others have the defaults of. */
type Optional = 'runDirectory' | 'userFiles';

/** The places with their defaults. */
export type Places = Required<Omit<DeviceModelPlaces, Optional>> & Pick<DeviceModelPlaces, Optional>;

const DEFAULTS: Places = {
  logDirectory: '/var/log/xen',
  logGenerations: 10,
  sentinelDirectory: '/run/xen-image/device-models',
  tapDirectory: '/var/run/tap',
};

/** Fills the defaults in. */
export function placesOf(given: DeviceModelPlaces): Places {
  const { logGenerations = DEFAULTS.logGenerations } = given;
  if (!Number.isInteger(logGenerations) || logGenerations < 0 || logGenerations > 1000) {
    throw new TypeError(`${String(logGenerations)} is no number of logs to keep`);
  }
  return { ...DEFAULTS, ...given };
}
