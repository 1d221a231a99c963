/** Which guests an option speaks to. `linux` of xm is `pv` here. */
export type GuestKind = 'pv' | 'hvm' | 'pvh';

/**
 * What an option's value is: text, a path, a whole number, a switch (0 is off), a size in MiB, an action after a shutdown, one
 * of a few words, a list, a text or a list of them, or a list of processors as text or list.
 */
export type ValueKind =
  'string' | 'path' | 'integer' | 'flag' | 'memoryMib' | 'action' | 'choice' | 'list' | 'stringOrList' | 'cpuList';

/** An option of a guest's configuration. */
export interface ConfigOption {
  readonly name: string;
  /** Whose configuration files have it: xl's, those of xm (xend, up to Xen 4.4), or both. */
  readonly era: 'xl' | 'xm' | 'both';
  /** Whether xen-image does something with it (`used`), or only knows that it exists (`known`). */
  readonly status: 'used' | 'known';
  readonly guests: readonly GuestKind[];
  readonly kind: ValueKind;
  /** What it sets, in one line. */
  readonly description: string;
  /** What takes its place, where it is deprecated. */
  readonly replacedBy?: string;
}

/** Guests in a table: all three, or some. */
export type GuestsColumn = 'all' | 'pv' | 'hvm' | 'pvh' | 'pv hvm' | 'hvm pvh' | 'pv pvh';

/** An option as its table has it. */
export type OptionRow = readonly [
  name: string,
  era: ConfigOption['era'],
  guests: GuestsColumn,
  kind: ValueKind,
  description: string,
  replacedBy?: string,
];
