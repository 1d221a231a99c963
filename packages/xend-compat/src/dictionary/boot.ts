import type { Draft } from './draft.js';
import type { Dict, Json } from './input.js';
import { isStorable, missing, wrongType } from './refused.js';

const STORABLE = 'a text or a number';

/**
 * Kernel, command line and ramdisk: the guest's own, or a bootloader's where `_temp_using_bootloader` is there with any
 * value. A bootloader's files are noted before anything can be refused, so that they go whatever happens.
 */
export function readBoot(vmConfig: Dict, draft: Draft): void {
  const bootloader = vmConfig['_temp_using_bootloader'] !== undefined;
  const prefix = bootloader ? '_temp_' : 'PV_';
  if (bootloader) draft.temporaryFiles = filesOf(vmConfig['_temp_kernel'], vmConfig['_temp_ramdisk']);
  draft.kernel = present(vmConfig, `${prefix}kernel`);
  draft.commandLine = present(vmConfig, `${prefix}args`);
  draft.ramdisk = present(vmConfig, `${prefix}ramdisk`);
  storable(draft.kernel, `${prefix}kernel`);
  storable(draft.commandLine, `${prefix}args`);
  storable(draft.ramdisk, `${prefix}ramdisk`);
}

function present(vmConfig: Dict, key: string): Json {
  const value = vmConfig[key];
  if (value === undefined) throw missing(key);
  return value;
}

function storable(value: Json, key: string): void {
  if (!isStorable(value)) throw wrongType(key, value, STORABLE);
}

function filesOf(...paths: (Json | undefined)[]): string[] {
  return paths.filter((path): path is string => typeof path === 'string' && path !== '');
}
