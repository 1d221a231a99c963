import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { readModern } from '../../../src/config/modern/read.js';
import { Settings } from '../../../src/config/modern/settings.js';
import { CONFIG_OPTIONS } from '../../../src/config/options/index.js';
import { hostFacts } from '../../support/host.js';

/** What the reader of the xend profile alone uses: names that xl dropped. */
const XEND_ONLY = ['device_model', 'loader', 'vncconsole', 'xen_extended_power_mgmt'];

afterEach(() => {
  jest.restoreAllMocks();
});

/** The keys that the modern reader asks for, over guests of each kind that take each of its ways. */
function asked(): string[] {
  const value = jest.spyOn(Settings.prototype, 'value');
  for (const text of [
    'name = "a"; memory = 64; kernel = "/k"; vnc = 1',
    'name = "a"; memory = 64; type = "hvm"',
    'name = "a"; memory = 64; type = "hvm"; vga = "none"; sdl = 1; device_model_version = "qemu-xen"',
    'name = "a"; memory = 64; builder = "hvm"; vfb = [ "vnc=1" ]; vif = [ "" ]; disk = [ "/x,,hda" ]; stdvga = 1',
  ]) {
    readModern({ text, host: hostFacts() });
  }
  try {
    readModern({ text: 'name = "a"; memory = 64; bootloader = "pygrub"', host: hostFacts() });
  } catch {
    // It asks for the bootloader, which is the point, and then for its result.
  }
  return [...new Set(value.mock.calls.map(([key]) => key))];
}

describe('the options marked as used', () => {
  it('are those that readers ask for', () => {
    const used = CONFIG_OPTIONS.filter(({ status }) => status === 'used').map(({ name }) => name);
    expect(used.sort()).toEqual([...asked(), ...XEND_ONLY].sort());
  });
});
