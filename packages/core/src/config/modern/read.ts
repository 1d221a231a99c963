import { randomUUID } from 'node:crypto';
import type { Reading, TextReaderInput } from '../../contract/profile.js';
import { spelled } from '../../contract/values.js';
import type { DomainConfig, LifecycleAction } from '../domain-config.js';
import { reviewOptions } from '../options/index.js';
import { isXenImageError, XenImageError } from '../../errors.js';
import { parseConfigText, type ConfigDocument } from '../text/index.js';
import { parseDomainName } from '../text/specs/name.js';
import { parseShutdownAction, parseUuid } from '../text/specs/words.js';
import { readBoot } from './boot.js';
import { readCpuid } from './cpuid.js';
import { readDisks, readNics } from './devices.js';
import { readDisplay } from './display.js';
import { imageTypeOf } from './kind.js';
import { readPlatform } from './platform.js';
import { Settings } from './settings.js';
import { supportedDevices } from './supported-devices.js';

const KIB_PER_MIB = 1024;
/** The most that one domain can have: Xen's limit for HVM guests (SUPPORT.md, x86). */
const MAX_VCPUS = 4096;
const WEEK_SECONDS = 7 * 24 * 3600;
/** As many settings that look misspelled are told of where something is missing. */
const MOST_SUSPECTS = 3;

const MAX_OFFSET_SECONDS = 100 * 52 * WEEK_SECONDS;

function vcpus(settings: Settings): DomainConfig['vcpus'] {
  const online = settings.integer('vcpus', 1, MAX_VCPUS) ?? 1;
  const maximum = settings.integer('maxvcpus', 1, MAX_VCPUS) ?? online;
  if (maximum < online) {
    throw settings.error('CONFIG_VALUE', `maxvcpus = ${maximum} is less than vcpus = ${online}`, 'maxvcpus');
  }
  return { maximum, online };
}

function memory(settings: Settings): DomainConfig['memory'] {
  const targetMib = settings.memoryMib('memory', 1);
  const maximumMib = settings.memoryMib('maxmem', 1);
  const target = targetMib ?? maximumMib;
  if (target === undefined) {
    throw settings.error('CONFIG_MISSING', 'the configuration names no memory', 'memory', 'add memory = MiB');
  }
  const maximum = maximumMib ?? target;
  if (maximum < target) {
    throw settings.error('CONFIG_VALUE', `maxmem = ${maximum} is less than memory = ${target}`, 'maxmem');
  }
  return {
    targetKib: target * KIB_PER_MIB,
    maximumKib: maximum * KIB_PER_MIB,
    shadowKib: (settings.memoryMib('shadow_memory', 0) ?? 0) * KIB_PER_MIB,
  };
}

function onShutdown(settings: Settings): DomainConfig['onShutdown'] {
  const action = (key: string, fallback: LifecycleAction): LifecycleAction => {
    const source = settings.source(key);
    return source === undefined ? fallback : parseShutdownAction(source);
  };
  return {
    poweroff: action('on_poweroff', 'destroy'),
    reboot: action('on_reboot', 'restart'),
    crash: action('on_crash', 'destroy'),
    watchdog: action('on_watchdog', 'destroy'),
  };
}

function deviceModel(settings: Settings, imageType: string, hasDisplay: boolean, program: string): string | null {
  const version = settings.text('device_model_version') ?? 'qemu-xen';
  if (version !== 'qemu-xen') {
    throw settings.error(
      'CONFIG_DEVICE_MODEL',
      `device_model_version = ${JSON.stringify(version)} is not built for today's Xen`,
      'device_model_version',
      'leave it out for qemu-xen, or plan under the xend profile',
    );
  }
  if (imageType !== 'hvm' && !hasDisplay) return null;
  return settings.text('device_model_override') ?? program;
}

/** What the configuration, or whoever has it read, says about the rights of the device model. */
function restriction(
  settings: Settings,
  imageType: string,
  overruled: boolean | undefined,
): Pick<DomainConfig['deviceModel'], 'restrict' | 'user'> {
  const user = settings.text('device_model_user');
  if (imageType !== 'hvm') {
    if (user === undefined) return {};
    const message = 'device_model_user has no effect: what serves a PV guest its screen needs the rights of root';
    settings.tell('warning', 'CONFIG_OPTION_UNUSED', message, 'device_model_user');
    return {};
  }
  const restrict = overruled ?? settings.flag('dm_restrict');
  if (user === '' || user === 'root') {
    const hint = 'name a user of its own, or leave it out';
    throw settings.error('CONFIG_VALUE', 'device_model_user names no user without rights', 'device_model_user', hint);
  }
  if (user !== undefined && restrict === false) {
    const message = 'device_model_user has no effect: the device model keeps the rights of root';
    settings.tell('warning', 'CONFIG_OPTION_UNUSED', message, 'device_model_user', 'take dm_restrict = 0 out');
  }
  return { ...(restrict === undefined ? {} : { restrict }), ...(user === undefined ? {} : { user }) };
}

/** Settings that look like misspelled ones, where something is missing. */
function suspects(document: ConfigDocument): string {
  const unknown = reviewOptions(document.settings.values()).findings.filter(
    ({ code, hint }) => code === 'CONFIG_OPTION_UNKNOWN' && hint !== undefined,
  );
  return unknown
    .slice(0, MOST_SUSPECTS)
    .map(({ message, hint }) => `; ${message}: ${String(hint)}`)
    .join('');
}

/**
 * Reads a configuration text as xl.cfg(5) means it.
 *
 * @throws XenImageError with a `CONFIG_…` code and the place in the text
 */
export function readModern(input: TextReaderInput): Reading {
  const document = parseConfigText(input.text, input.file === undefined ? {} : { file: input.file });
  try {
    return read(input, document);
  } catch (error) {
    if (!isXenImageError(error) || error.code !== 'CONFIG_MISSING') throw error;
    const { code, message, phase, position, hint = '' } = error;
    throw new XenImageError(code, message, { phase, position, hint: `${hint}${suspects(document)}` });
  }
}

function read(input: TextReaderInput, document: ConfigDocument): Reading {
  const { host } = input;
  const settings = new Settings(document);
  const nameSource = settings.source('name');
  if (nameSource === undefined) {
    throw settings.error('CONFIG_MISSING', 'the configuration has no name', 'name', 'add name = "…"');
  }
  const name = parseDomainName(nameSource);
  const uuidSource = settings.source('uuid');
  const uuid = uuidSource === undefined ? (input.uuid ?? randomUUID()) : parseUuid(uuidSource);
  const imageType = imageTypeOf(settings);
  const boot = readBoot(settings, imageType, host, input.bootloader);
  const display = readDisplay(settings, imageType, host);
  const localtime = settings.flag('localtime') ?? false;
  const offset = settings.integer('rtc_timeoffset', -MAX_OFFSET_SECONDS, MAX_OFFSET_SECONDS) ?? 0;
  const screen = display.vnc !== null || display.sdl !== null;
  const config: DomainConfig = {
    name,
    uuid,
    arch: input.arch ?? host.arch,
    imageType,
    vcpus: vcpus(settings),
    memory: memory(settings),
    boot,
    clock: {
      offsetSeconds: offset + (localtime ? host.clock.zoneOffsetSeconds : 0),
      localtime,
      configuredOffset: spelled<number>(offset),
    },
    display,
    platform: readPlatform(settings),
    cpuid: { set: readCpuid(settings, 'cpuid'), check: readCpuid(settings, 'cpuid_check') },
    disks: readDisks(settings),
    nics: readNics(settings, uuid, imageType, host),
    deviceModel: {
      program: deviceModel(settings, imageType, screen, host.options.deviceModel),
      extraArgs: [
        ...settings.texts('device_model_args'),
        ...settings.texts(imageType === 'hvm' ? 'device_model_args_hvm' : 'device_model_args_pv'),
      ],
      ...restriction(settings, imageType, input.restrict),
    },
    onShutdown: onShutdown(settings),
  };
  const devices = supportedDevices(config, settings, input.withoutDevices === true);
  const findings = [
    ...document.warnings,
    ...reviewOptions(document.settings.values()).findings,
    ...settings.findings,
    ...devices.findings,
  ];
  return { config: devices.config, findings };
}
