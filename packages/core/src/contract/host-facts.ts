/** Host-wide options that shape a guest's device model: xend-config in 2009, xl.conf and packaging today. */
export interface HostOptions {
  /** The VNC password where the guest's configuration names none; `null` for none. */
  readonly vncPassword: string | null;
  /** The address VNC listens on where the guest's configuration names none. */
  readonly vncListen: string;
  /** TLS for VNC, where the device model can; `null` where it is off. */
  readonly vncTls: { readonly certificateDirectory: string; readonly verify: boolean } | null;
  /** The device model's program where the guest's configuration names none. */
  readonly deviceModel: string;
  /** The firmware loader for HVM guests where the guest's configuration names none. */
  readonly hvmloader: string;
  /** The BIOS image that the loader is given; `null` where the loader has its own. */
  readonly seabios: string | null;
  readonly ovmf: string | null;
  /** The bridge of an emulated nic where the guest's configuration names none. */
  readonly defaultBridge: string;
}

/** What planning knows of the hypervisor and the machine. Plain data: a file can hold it. */
export interface HostFacts {
  /** `x86` (which covers x86_64) or another name that a handler is registered for. */
  readonly arch: string;
  readonly hypervisor: {
    /** As `major.minor`, where known. */
    readonly version: string | null;
    /** The capabilities text: `xen-3.0-x86_64 hvm-3.0-x86_64 …`. */
    readonly capabilities: string;
    /** Whether HVM guests can have hardware-assisted paging. */
    readonly hap: boolean;
  };
  readonly clock: {
    readonly nowEpochSeconds: number;
    /** Seconds east of UTC in the host's zone, now: summer time counts where it is in force. */
    readonly zoneOffsetSeconds: number;
  };
  readonly options: HostOptions;
  readonly bridges: readonly string[];
  readonly totalMemoryKib: number | null;
  readonly freeMemoryKib: number | null;
  readonly cpus: number | null;
}
