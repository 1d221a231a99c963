import type { ConfigFinding, ConfigSetting } from '../text/value.js';
import { lookupOption, nearestOption } from './catalogue.js';
import type { ConfigOption } from './option.js';

/** How many unknown options are reported one by one, before the rest is counted. */
const MOST_UNKNOWN = 100;

/** What the options of a configuration are to xen-image. */
export interface OptionReview {
  /** The keys that something is done with, in the order of the text. */
  readonly used: readonly string[];
  /** The keys that are known and not used here. */
  readonly unused: readonly string[];
  /** The keys that neither xm nor xl has. */
  readonly unknown: readonly string[];
  /**
   * `CONFIG_OPTION_UNUSED`: one for all of those; `CONFIG_OPTION_UNKNOWN`: one for each, with the nearest known name (after a
   * hundred, one for the rest).
   */
  readonly findings: readonly ConfigFinding[];
}

/**
 * Sorts the settings of a configuration by what they are here. A setting that is `None` counts as not given.
 *
 * @param isUsed - whether something is done with an option that the catalogue has; unless given, the catalogue's status says
 *   so. A reader that uses less than the catalogue tells.
 */
export function reviewOptions(
  settings: Iterable<ConfigSetting>,
  isUsed: (option: ConfigOption) => boolean = ({ status }) => status === 'used',
): OptionReview {
  const used: string[] = [];
  const unused: ConfigSetting[] = [];
  const unknown: ConfigSetting[] = [];
  for (const setting of settings) {
    if (setting.value.kind === 'none') continue;
    const option = lookupOption(setting.key);
    if (option === undefined) unknown.push(setting);
    else if (isUsed(option)) used.push(setting.key);
    else unused.push(setting);
  }
  const findings = [...unusedFinding(unused), ...unknown.slice(0, MOST_UNKNOWN).map(unknownFinding)];
  if (unknown.length > MOST_UNKNOWN) findings.push(moreUnknown(unknown.slice(MOST_UNKNOWN)));
  return { used, unused: keysOf(unused), unknown: keysOf(unknown), findings };
}

function keysOf(settings: readonly ConfigSetting[]): string[] {
  return settings.map(({ key }) => key);
}

function unusedFinding(settings: readonly ConfigSetting[]): ConfigFinding[] {
  const [first] = settings;
  if (first === undefined) return [];
  const keys = keysOf(settings);
  return [
    {
      severity: 'warning',
      code: 'CONFIG_OPTION_UNUSED',
      message: `not used here: ${keys.join(', ')}`,
      position: first.position,
      hint: 'the guest is made without them',
      keys,
    },
  ];
}

function unknownFinding({ key, position }: ConfigSetting): ConfigFinding {
  const nearest = nearestOption(key);
  return {
    severity: 'warning',
    code: 'CONFIG_OPTION_UNKNOWN',
    message: `\`${key}\` is no option of xm or xl`,
    position,
    ...(nearest === undefined ? {} : { hint: `is \`${nearest.name}\` meant?` }),
    keys: [key],
  };
}

function moreUnknown(settings: readonly ConfigSetting[]): ConfigFinding {
  return {
    severity: 'warning',
    code: 'CONFIG_OPTION_UNKNOWN',
    message: `${String(settings.length)} more settings are no options of xm or xl`,
    ...(settings[0] === undefined ? {} : { position: settings[0].position }),
    hint: 'is this the configuration of a guest?',
    keys: keysOf(settings),
  };
}
