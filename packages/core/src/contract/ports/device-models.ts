/** A device model to be started for a domain. */
export interface DeviceModelStart {
  readonly domid: number;
  /** The domain's name, for the log's name and messages. */
  readonly name: string;
  readonly uuid: string;
  readonly program: string;
  /** Without argv[0]. */
  readonly args: readonly string[];
  /** Added to the toolstack's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where this device model waits for nothing but the start of its process: no readiness is looked for. */
  readonly readiness: 'process' | 'xenstore';
  /** How long readiness may take; the device models' own default where not given. */
  readonly timeoutMs?: number;
  /** Set over the device model's control connection, never on its command line. */
  readonly vncPassword?: string;
}

/** A device model that runs. */
export interface RunningDeviceModel {
  readonly pid: number;
  /** Where its output goes. */
  readonly logPath?: string;
  /** The display number that it found, where it was asked to look for one. */
  readonly vncDisplay?: number;
}

/** Starts and stops the processes that emulate devices. */
export interface DeviceModels {
  /**
   * Starts a device model and waits until it is ready.
   *
   * @throws XenImageError `DEVICE_MODEL_NOT_EXECUTABLE` with the errno, `DEVICE_MODEL_DIED` or `DEVICE_MODEL_TIMEOUT` with the
   * last lines of its log in `said`; nothing of it runs then
   */
  start(start: DeviceModelStart, signal?: AbortSignal): Promise<RunningDeviceModel>;
  /** Stops the device model of a domain and removes what it left. A domain without one is passed over. */
  stop(domid: number): Promise<void>;
  /** Lets a device model that waits for it begin (QMP `cont`). Fails with `DEVICE_MODEL_DIED` where none runs. */
  resume?(domid: number): Promise<void>;
}
