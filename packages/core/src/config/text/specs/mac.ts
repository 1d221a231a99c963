import { clip } from './pairs.js';
import { specError, specText, type SpecSource } from './source.js';

const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/**
 * Reads a MAC address that an interface can have: six octets of two hexadecimal digits with colons between, unicast and not
 * all zero. xl (parse_nic_config) takes any separator and lets all zeros stand for "make one"; both hide mistakes.
 *
 * @param source - the address, or a specification that holds it
 * @param offset - where in `source` the address begins
 * @param length - its length; to the end of `source` if absent
 * @returns the address in lower case
 * @throws XenImageError `CONFIG_MAC`
 */
export function parseMac(source: SpecSource, offset = 0, length?: number): string {
  const text = specText(source).slice(offset, length === undefined ? undefined : offset + length);
  if (!MAC.test(text)) {
    const octets = text.replaceAll('-', ':');
    const hint = MAC.test(octets)
      ? `write ${octets}`
      : 'an address is six pairs of hexadecimal digits, as 00:16:3e:00:00:01';
    throw specError(
      'CONFIG_MAC',
      text === '' ? 'the MAC address is empty' : `${clip(text)} is no MAC address`,
      source,
      offset,
      hint,
    );
  }
  const mac = text.toLowerCase();
  if ((parseInt(mac.slice(0, 2), 16) & 1) === 1) {
    const what = mac === 'ff:ff:ff:ff:ff:ff' ? 'the broadcast address' : 'a multicast address';
    throw specError(
      'CONFIG_MAC',
      `${text} is ${what}`,
      source,
      offset,
      'the first octet of an interface’s address is even',
    );
  }
  if (mac === '00:00:00:00:00:00') {
    throw specError(
      'CONFIG_MAC',
      `${text} is no interface’s address`,
      source,
      offset,
      'leave mac out to have one made',
    );
  }
  return mac;
}
