import { specError, type SpecSource } from './source.js';
import { clip, splitPairs, unknownKey, type SpecPair } from './pairs.js';

/** A virtual frame buffer as a `vfb` specification has it; what it does not say is absent. */
export interface VfbSpec {
  readonly vnc?: boolean;
  readonly sdl?: boolean;
  /** The display number; with {@link VfbSpec.vncunused} the first that is tried. */
  readonly vncdisplay?: number;
  /** An address, with `:DISPLAY` or without. */
  readonly vnclisten?: string;
  readonly vncpasswd?: string;
  readonly vncunused?: boolean;
  readonly keymap?: string;
  readonly opengl?: boolean;
  /** The X display of the SDL window. */
  readonly display?: string;
  readonly xauthority?: string;
  /** In MiB; xm's. */
  readonly videoram?: number;
  /** What was said, in order and as it was spelled; `type=vnc` stands here as it was written. */
  readonly pairs: readonly SpecPair[];
}

const FLAGS = ['vnc', 'sdl', 'vncunused', 'opengl'] as const;
const NUMBERS = ['vncdisplay', 'videoram'] as const;
const TEXTS = ['vnclisten', 'vncpasswd', 'keymap', 'display', 'xauthority'] as const;
const KNOWN = [...FLAGS, ...NUMBERS, ...TEXTS, 'type'];

/**
 * Reads a `vfb` specification of xl.cfg(5) or xm: `key=value`, separated by commas. xm's `type=vnc` means `vnc=1`, `type=sdl`
 * means `sdl=1`. A key that is given twice takes the later value. xl ignores unknown keys in silence; xm refused them, and
 * so does this.
 *
 * @throws XenImageError `CONFIG_VFB`
 */
export function parseVfb(source: SpecSource): VfbSpec {
  const pairs = splitPairs(source);
  const spec: { -readonly [K in keyof VfbSpec]?: VfbSpec[K] } = {};
  for (const pair of pairs) {
    const { key, value, keyOffset, valueOffset } = pair;
    if (!KNOWN.includes(key)) throw unknownKey('CONFIG_VFB', 'a vfb', pair, KNOWN, source);
    if (value === null) {
      throw specError('CONFIG_VFB', `\`${key}\` has no value`, source, keyOffset, `write ${key}=…`);
    }
    if (key === 'type') {
      if (value !== 'vnc' && value !== 'sdl') {
        throw specError(
          'CONFIG_VFB',
          `type=${clip(value)} is no kind of vfb`,
          source,
          valueOffset,
          'write vnc=1 or sdl=1',
        );
      }
      spec[value] = true;
    } else if ((TEXTS as readonly string[]).includes(key)) {
      spec[key as (typeof TEXTS)[number]] = value;
    } else {
      if (!/^[0-9]{1,9}$/.test(value)) {
        throw specError('CONFIG_VFB', `${key}=${clip(value)} is no number`, source, valueOffset);
      }
      if ((NUMBERS as readonly string[]).includes(key)) spec[key as (typeof NUMBERS)[number]] = Number(value);
      else spec[key as (typeof FLAGS)[number]] = Number(value) !== 0;
    }
  }
  return { ...spec, pairs };
}
