/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A dictionary of xend's. */
export type Dict = Readonly<Record<string, Json>>;

/** Register masks by leaf, as xend's configuration spells both. */
export type CpuidMap = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** What xend's VM object answers: the figures that are no part of the dictionary. */
export interface XendVm {
  readonly domid: number;
  readonly nameLabel: Json;
  readonly uuid: string;
  readonly vcpus: number;
  readonly memoryTargetKib: number;
  readonly memoryMaximumKib: number;
  /** Event channels. */
  readonly storePort: number;
  readonly consolePort: number;
  readonly features: string;
}

/** The options of xend-config.sxp that a guest's device model depends on, as xend's options object returns them. */
export interface XendOptions {
  readonly vncpasswd: Json;
  readonly vncListen: Json;
  readonly vncTls: Json;
  readonly vncX509CertDir: Json;
  readonly vncX509Verify: Json;
}

/** The host's clock and zone. Offsets are in seconds west of UTC, as Python's `time` has them. */
export interface XendClock {
  readonly nowEpochSeconds: number;
  readonly isDst: number;
  readonly timezoneWestSeconds: number;
  readonly altzoneWestSeconds: number;
}

/** The host as xend saw it. */
export interface XendHost {
  readonly options: XendOptions;
  readonly xenCaps: string;
  readonly clock: XendClock;
}

/** A guest as xend kept it: its own configuration dictionary beside the VM object's answers and the host. */
export interface XendGuest {
  /** `x86`, `ia64`, or a machine that xend did not know. */
  readonly arch: string;
  /** What the dictionary's image type works out to. */
  readonly imageType: string;
  readonly vm: XendVm;
  /** xend's own key names, untranslated. */
  readonly vmConfig: Dict;
  readonly host: XendHost;
}
