import type { Draft } from './draft.js';
import type { Dict, Json } from './input.js';
import { isTrue, iterate, toInt, toText } from './python.js';
import { vmError, wrongType } from './refused.js';

/**
 * The options of an HVM guest's device model that are handed on one by one, in the order in which the original took
 * them.
 */
export function readOptions(platform: Dict, draft: Draft): void {
  draft.order = textIfTrue(platform['boot']);
  draft.floppyA = floppy(platform, 'fda');
  draft.floppyB = floppy(platform, 'fdb');
  draft.sound = textIfTrue(platform['soundhw']);
  draft.localtime = isOn(platform['localtime']);
  draft.serial = serial(platform['serial']);
  draft.stdvga = isOn(platform['stdvga']);
  draft.isa = isOn(platform['isa']);
  draft.acpi = switchNumber(platform['acpi']);
  draft.usb = isOn(platform['usb']);
  const usbDevice = textIfTrue(platform['usbdevice']);
  if (usbDevice !== null) draft.usbDevices = [usbDevice];
}

function textIfTrue(value: Json | undefined): string | null {
  return value !== undefined && isTrue(value) ? toText(value) : null;
}

/** The number of a switch; one that is no number is passed over as if it were not there. */
function switchNumber(value: Json | undefined): number {
  if (value === undefined || value === null) return 0;
  const number = toInt(value);
  return typeof number === 'number' ? number : 0;
}

/** Whether a switch is on; one that is no number is not. */
export function isOn(value: Json | undefined): boolean {
  return switchNumber(value) !== 0;
}

/** A floppy's image. Its path must be absolute, and nothing else is looked at. */
function floppy(platform: Dict, key: string): string | null {
  const value = platform[key];
  if (value === undefined || !isTrue(value)) return null;
  if (typeof value !== 'string') throw wrongType(key, value, 'a path');
  if (value.startsWith('/')) return value;
  throw vmError(
    'XEND_FLOPPY_NOT_ABSOLUTE',
    `Floppy file ${value} does not exist.`,
    'A floppy image must be given by its absolute path.',
  );
}

/** One target for a text, one for each true member of a list. */
function serial(value: Json | undefined): readonly string[] {
  if (value === undefined || !isTrue(value)) return [];
  if (typeof value === 'string') return [value];
  const targets = iterate(value);
  if (targets === undefined) throw wrongType('serial', value, 'a text or a list');
  return targets.filter((target) => isTrue(target)).map(toText);
}
