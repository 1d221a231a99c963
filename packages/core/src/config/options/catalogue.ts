import { closest } from 'fastest-levenshtein';
import { DEVICES } from './devices.js';
import { GENERAL } from './general.js';
import { DEVICE_MODEL, HVM } from './hvm.js';
import type { ConfigOption, GuestKind, GuestsColumn, OptionRow } from './option.js';
import { USED_OPTIONS } from './used.js';
import { LATER, XM } from './xm.js';

/** Options that belong together, under the heading that documents give them. */
export interface OptionSection {
  readonly title: string;
  readonly options: readonly ConfigOption[];
}

const GUESTS: Readonly<Record<GuestsColumn, readonly GuestKind[]>> = {
  all: ['pv', 'hvm', 'pvh'],
  pv: ['pv'],
  hvm: ['hvm'],
  pvh: ['pvh'],
  'pv hvm': ['pv', 'hvm'],
  'hvm pvh': ['hvm', 'pvh'],
  'pv pvh': ['pv', 'pvh'],
};

function section(title: string, rows: readonly OptionRow[]): OptionSection {
  const options = rows.map(([name, era, guests, kind, description, replacedBy]): ConfigOption => {
    const status = USED_OPTIONS.has(name) ? 'used' : 'known';
    const option = { name, era, status, guests: GUESTS[guests], kind, description } as const;
    return replacedBy === undefined ? option : { ...option, replacedBy };
  });
  return { title, options };
}

/** Every option of xl.cfg(5) of Xen 4.17 and of xm, and the few that later versions of xl added, by section. */
export const OPTION_SECTIONS: readonly OptionSection[] = [
  section('General', GENERAL),
  section('Devices', DEVICES),
  section('HVM guests and screens', HVM),
  section('Device model', DEVICE_MODEL),
  section('xm only', XM),
  section('Newer than Xen 4.17', LATER),
];

const BY_NAME: ReadonlyMap<string, ConfigOption> = new Map(
  OPTION_SECTIONS.flatMap(({ options }) => options.map((option) => [option.name, option] as const)),
);

const NAMES: readonly string[] = [...BY_NAME.keys()];

/** All options, section after section. */
export const CONFIG_OPTIONS: readonly ConfigOption[] = [...BY_NAME.values()];

/** The option of a name; undefined for a name that neither xm nor xl knows. Names are compared exactly, as xl does. */
export function lookupOption(name: string): ConfigOption | undefined {
  return BY_NAME.get(name);
}

/** The known option whose name is nearest to one that is not known, by letters to change, upper and lower case alike. */
export function nearestOption(name: string): ConfigOption | undefined {
  // No option is longer than 40 characters; what is much longer is near to nothing, and dear to compare.
  if (name.length > 80) return undefined;
  return BY_NAME.get(closest(name.toLowerCase(), NAMES));
}
