import type { Restriction } from '../device-model.js';

/** A device model that is to be restricted. */
export interface RestrictionRequest {
  readonly program: string;
  /** A placeholder where a plan is shown and no domain is made. */
  readonly domid: number | string;
  /** The user it is to run as; one of the domain's own where not given. */
  readonly user?: string;
}

/** What can be had of a restriction on this host: the restriction, or why the program cannot be restricted. */
export type PossibleRestriction = Restriction | { readonly lacking: string };

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
  /** Whether its directory in xenstore is there, with the rights that its profile gives; else domain 0 alone has it. */
  readonly hasDirectory?: boolean;
  /** Whether the two pipes to block-tap are made for it, as xend did. */
  readonly tapPipes?: boolean;
  /** A file with the state of its devices, to begin from; its dialect's argument list says so too. */
  readonly restoreFrom?: string;
  /** The rights that it gives up, as its argument list says too. */
  readonly restriction?: Restriction;
  /** Paths of its disks that it writes to. */
  readonly writes?: readonly string[];
  /** Told of what goes wrong without ending the start. */
  readonly onWarning?: (code: string, message: string) => void;
}

/** A device model that runs. */
export interface RunningDeviceModel {
  readonly pid: number;
  /** Where its output goes. */
  readonly logPath?: string;
  /** The display number that it found, where it was asked to look for one. */
  readonly vncDisplay?: number;
}

/** How a device model's process ended, as far as can be known. */
export type DeviceModelEnd =
  | { readonly how: 'exited'; readonly status: number }
  | { readonly how: 'signal'; readonly signal: string }
  /** It ran on without its sentinel, where nothing could tell its end any more: it was killed. */
  | { readonly how: 'sentinel-closed' }
  /** It is gone. It was no child of this process, so nobody here knows how it ended. */
  | { readonly how: 'unknown' };

/** The device model that an event speaks of. */
export interface WatchedDeviceModel {
  readonly domid: number;
  readonly uuid: string;
  /** The domain's name. */
  readonly name: string;
  readonly pid: number;
  readonly logPath: string;
}

/** What is seen of device models while they are watched. */
export type DeviceModelEvent =
  /** All that ran when the watch began are accounted for. */
  | { readonly event: 'watching'; readonly count: number }
  /** One is watched from now on; `adopted` where it ran before this watch began. */
  | { readonly event: 'watched'; readonly model: WatchedDeviceModel; readonly adopted: boolean }
  /** One ended though nobody asked it to. `adopted` where it was found gone when the watch began. */
  | {
      readonly event: 'died';
      readonly model: WatchedDeviceModel;
      readonly adopted: boolean;
      readonly end: DeviceModelEnd;
      /** The end in words: `pid 4711: exited with nonzero status 1`. */
      readonly message: string;
      /** The last lines of its log. */
      readonly said: readonly string[];
    }
  /** One ended that was asked to. */
  | { readonly event: 'stopped'; readonly model: WatchedDeviceModel }
  /** One cannot be watched, since its sentinel is not there or is no pipe; it is left alone. */
  | { readonly event: 'unwatchable'; readonly model: WatchedDeviceModel; readonly why: string };

/** A command to a device model over xenstore, as qemu-xen-traditional takes them. */
export interface DeviceModelCommand {
  /** `save`, `pci-ins`, `pci-rem`; `continue` is answered by nothing. */
  readonly command: string;
  /** What the device model says once it is done: `paused`, `pci-inserted`, `pci-removed`; `null` to wait for nothing. */
  readonly answer: string | null;
  readonly parameter?: string;
  /** How long the answer may take; 10 s where not given. */
  readonly timeoutMs?: number;
}

/** Starts, watches, commands and stops the processes that emulate devices. */
export interface DeviceModels {
  /**
   * What a device model of this program and domain can be restricted to. Device models of a port without this method are
   * never restricted.
   *
   * @throws XenImageError `DEVICE_MODEL_USER` where there is no user that it could run as
   */
  restriction?(request: RestrictionRequest): Promise<PossibleRestriction>;
  /**
   * Starts a device model and waits until it is ready.
   *
   * @throws XenImageError `DEVICE_MODEL_NOT_EXECUTABLE` with the errno, `DEVICE_MODEL_DIED` or `DEVICE_MODEL_TIMEOUT` with the
   * last lines of its log in `said`; nothing of it runs then
   */
  start(start: DeviceModelStart, signal?: AbortSignal): Promise<RunningDeviceModel>;
  /**
   * Stops the device model of a domain and removes what it left. A domain without one is passed over.
   *
   * @throws XenImageError `DEVICE_MODEL_LINGERS` where the process outlives even SIGKILL
   */
  stop(domid: number): Promise<void>;
  /** Lets a device model that waits for it begin (QMP `cont`). Fails with `DEVICE_MODEL_DIED` where none runs. */
  resume?(domid: number): Promise<void>;
  /**
   * Watches all device models that xenstore knows of, whoever started them, and those started later. Ends when the
   * signal aborts; device models run on.
   */
  watch?(signal: AbortSignal): AsyncIterable<DeviceModelEvent>;
  /**
   * Stops the emulation of a QEMU of today and writes the state of its devices, without the guest's memory, to a file that
   * is not there yet; {@link DeviceModelStart.restoreFrom} takes it. The file has its name once it is whole, and `.partial`
   * behind it before. The disks are let go of; {@link DeviceModels.cont} takes them back. Where it fails, emulation goes on.
   *
   * @throws XenImageError `QMP_FAILED`, `QMP_TIMEOUT`, `SYSTEM_CALL_FAILED` where the file cannot be made
   */
  save?(domid: number, path: string): Promise<void>;
  /**
   * Lets emulation go on that {@link DeviceModels.save} stopped (QMP `cont`); one that was not stopped goes on as it is.
   *
   * @throws XenImageError `DEVICE_MODEL_DIED` where none runs, `QMP_FAILED`, `QMP_TIMEOUT`
   */
  cont?(domid: number): Promise<void>;
  /**
   * Has a device model do something and waits for its answer.
   *
   * @returns the parameter that it left: the slot of a PCI device that was inserted
   * @throws XenImageError `DEVICE_MODEL_COMMAND_TIMEOUT`, `DEVICE_MODEL_DIED`
   */
  command?(domid: number, command: DeviceModelCommand, signal?: AbortSignal): Promise<string | undefined>;
}
