import type { Settings } from './settings.js';

const TYPES: Readonly<Record<string, string>> = { pv: 'linux', hvm: 'hvm', generic: 'linux', linux: 'linux' };

/**
 * The image type that `type`, or `builder` before it, asks for; `linux` where neither is set. A type that core does not
 * know is handed on: a plugin may bring it.
 *
 * @throws XenImageError `CONFIG_VALUE` for a text that can be no type's name
 */
export function imageTypeOf(settings: Settings): string {
  const key = settings.has('type') ? 'type' : 'builder';
  const text = settings.text(key) ?? 'linux';
  const type = Object.hasOwn(TYPES, text) ? TYPES[text] : undefined;
  if (type !== undefined) return type;
  if (/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(text)) return text;
  throw settings.error(
    'CONFIG_VALUE',
    `${key} = ${JSON.stringify(text.slice(0, 40))} is no type of guest`,
    key,
    'write pv, pvh or hvm',
  );
}
