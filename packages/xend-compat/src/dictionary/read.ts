import type { Finding, Reading, Refusal } from '@xen-image/core/plugin';
import { readBoot } from './boot.js';
import { readClock } from './clock.js';
import { configuredMap, readCpuid } from './cpuid.js';
import { readDevicesLeniently, readDisks, readNics } from './devices.js';
import { readDisplay } from './display.js';
import { Draft } from './draft.js';
import type { CpuidMap, Dict, Json, XendGuest } from './input.js';
import { isOn, readOptions } from './options.js';
import { isTrue } from './python.js';
import { isStorable, missing, readDict, readExactInt, readInt, Refused, wrongType } from './refused.js';
import { Step } from './step.js';

/** What reading xend's dictionary gives. */
export interface XendReading extends Reading {
  /** The CPUID maps as they were configured: what a guest keeps whose handler sets none. */
  readonly cpuidMaps: { readonly set: CpuidMap | undefined; readonly check: CpuidMap | undefined };
}

/** What a dictionary is read for: a restored guest's image is not built, so nothing of the build is looked at. */
export type Purpose = 'create' | 'restore';

const NO_FINDINGS: readonly Finding[] = [];

/**
 * Reads a guest from the dictionary in which xend kept it.
 *
 * The keys are read in the order in which the original evaluated them (xen/tools/python/xen/xend/image.py at changeset
 * 19639:205b1badbcfd), Python's conversions included. The first problem that the dictionary alone decides ends the
 * reading: it becomes the reading's refusal, placed after what the original had done by then. Files and hypercalls are
 * not looked at; they may fail earlier when the plan is executed. The dictionary is never changed.
 */
export function readDictionary(guest: XendGuest, purpose: Purpose = 'create'): XendReading {
  const draft = new Draft(guest);
  const step = new Step();
  let refusal: Refusal | undefined;
  try {
    configure(guest, draft, step);
    if (purpose === 'create') beforeBuild(guest, draft, step);
    step.begin(purpose === 'create' ? 'afterBuild' : 'restore');
    step.reached('cpuid');
    if (guest.arch === 'x86') readCpuid(guest.vmConfig, draft);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    refusal = { step: step.step, after: step.after, error: problem.error };
  }
  const config = draft.toConfig();
  const cpuidMaps = {
    set: configuredMap(guest.vmConfig['cpuid']),
    check: configuredMap(guest.vmConfig['cpuid_check']),
  };
  return refusal === undefined
    ? { config, findings: NO_FINDINGS, cpuidMaps }
    : { config, findings: NO_FINDINGS, cpuidMaps, refusal };
}

/** The original's construction. */
function configure(guest: XendGuest, draft: Draft, step: Step): void {
  const { vmConfig, host } = guest;
  const hvm = guest.imageType === 'hvm';
  readBoot(vmConfig, draft);
  step.reached('image');
  const platform = readDict(vmConfig, 'platform');
  draft.program = platform['device_model'] ?? null;
  draft.xDisplay = platform['display'] ?? null;
  draft.xauthority = platform['xauthority'] ?? null;
  readInt(platform, 'vncconsole', 0);
  draft.extendedPowerManagement = readExactInt(platform, 'xen_extended_power_mgmt', 0) || null;
  step.reached('power-management');
  readDisplay(guest, platform, draft, step);
  if (hvm) {
    readOptions(platform, draft);
    // The files of the disks read so far are looked for before the next disk is read.
    step.reached('disks');
    readDisks(vmConfig, draft);
    readNics(vmConfig, draft);
    step.reached('nics');
  } else {
    readDevicesLeniently(vmConfig, draft);
  }
  readClock(platform, host.clock, draft);
  step.reached('clock');
  if (hvm) configureHvm(guest.arch, platform, draft, step);
  else configureLinux(guest.arch, vmConfig, platform, draft);
}

function configureLinux(arch: string, vmConfig: Dict, platform: Dict, draft: Draft): void {
  draft.videoRamMib = readExactInt(platform, 'videoram', draft.videoRamMib);
  if (typeof draft.kernel !== 'string') throw wrongType('the kernel of a PV guest', draft.kernel, 'a path');
  const superpages = vmConfig['superpages'];
  if (superpages === undefined) throw missing('superpages');
  const flag = typeof superpages === 'boolean' ? Number(superpages) : superpages;
  if (!isStorable(flag)) throw wrongType('superpages', superpages, 'a number');
  draft.superpages = flag;
  if (arch === 'ia64') draft.vhpt = readExactInt(platform, 'vhpt', 0);
}

function configureHvm(arch: string, platform: Dict, draft: Draft, step: Step): void {
  step.reached('capability');
  draft.loader = textOrNone(platform['loader']);
  draft.hap = isOn(platform['hap']);
  draft.platformPci = readInt(platform, 'xen_platform_pci', 1) !== 0;
  joinable(draft);
  if (!isStorable(draft.program)) throw wrongType('device_model', draft.program, 'a path');
  if (isTrue(draft.xDisplay) && !isStorable(draft.xDisplay)) throw wrongType('display', draft.xDisplay, 'a text');
  step.reached('platform-device');
  const offset = platform['rtc_timeoffset'] ?? null;
  if (!isStorable(offset)) throw wrongType('rtc_timeoffset', offset, 'a number');
  step.reached('rtc');
  draft.apic = readExactInt(platform, 'apic', 0);
  draft.acpi = readExactInt(platform, 'acpi', 0);
  draft.guestOsType = textOrNone(platform['guest_os_type']);
  if (arch === 'ia64') draft.vhpt = readExactInt(platform, 'vhpt', 0);
  else draft.pae = readExactInt(platform, 'pae', 0);
  draft.videoRamMib = readExactInt(platform, 'videoram', draft.videoRamMib);
}

/** The device model's options are stored as one text, so each of them must be one. */
function joinable({ keymap, kernel, ramdisk, commandLine }: Draft): void {
  requireJoinable('keymap', keymap);
  requireJoinable('the kernel', kernel);
  requireJoinable('the ramdisk', ramdisk);
  requireJoinable('the command line', commandLine);
}

function requireJoinable(name: string, value: Json): void {
  if (typeof value !== 'string' && isTrue(value)) throw wrongType(name, value, 'a text');
}

function textOrNone(value: Json | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** The original's checks before the build, as far as the dictionary decides them. */
function beforeBuild({ vmConfig, arch, imageType }: XendGuest, draft: Draft, step: Step): void {
  step.begin('beforeBuild');
  step.reached('files');
  if (isTrue(draft.ramdisk) && typeof draft.ramdisk !== 'string') {
    throw wrongType('the ramdisk', draft.ramdisk, 'a path');
  }
  if (typeof draft.commandLine !== 'string') throw wrongType('the command line', draft.commandLine, 'a text');
  if (imageType !== 'hvm') return;
  const platform = readDict(vmConfig, 'platform');
  step.reached('params');
  if (arch === 'ia64') requireText(platform, 'guest_os_type');
  step.reached('os-type');
  requireText(platform, 'loader');
}

function requireText(platform: Dict, key: string): void {
  const value = platform[key] ?? null;
  if (value !== null && typeof value !== 'string') throw wrongType(key, value, 'a text');
}
