import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import {
  parseConfigText,
  parseDomainName,
  parseShutdownAction,
  parseUuid,
  reviewOptions,
  Settings,
  type DomainConfig,
  type HostFacts,
  type LifecycleAction,
  type Reading,
  type TextReaderInput,
} from '@xen-image/core';
import type { Dict, Json, XendGuest, XendHost, XendVm } from '../dictionary/input.js';
import { readDictionary } from '../dictionary/read.js';
import { commandLineOf } from './command-line.js';
import { cpuidOf } from './cpuid.js';
import { devicesOf } from './devices.js';
import { kernelAsLoader, unsupportedDevices } from './findings.js';
import { platformOf } from './platform.js';
import { settingOr } from './values.js';

const KIB_PER_MIB = 1024;
/** xm's default. */
const DEFAULT_MEMORY_MIB = 128;
const MAX_VCPUS = 4096;
/** Types by the names of xm and xl; any other is a plugin's. */
const TYPES: Readonly<Record<string, string>> = { pv: 'linux', generic: 'linux', linux: 'linux', hvm: 'hvm' };

/**
 * Reads a configuration text as `xm create` and xend did in 2009: the text becomes xend's own dictionary, with xm's
 * defaults, and is read from there. The environment of whoever asks is not looked at (xm took DISPLAY from it).
 *
 * @throws XenImageError with a `CONFIG_…` code and the place in the text, for what xm itself refused
 */
export function readXendText(input: TextReaderInput): Reading {
  const { host, file } = input;
  const document = parseConfigText(input.text, file === undefined ? {} : { file });
  const settings = new Settings(document);
  const uuidSource = settings.source('uuid');
  const uuid = uuidSource === undefined ? (input.uuid ?? randomUUID()) : parseUuid(uuidSource);
  const builder = settings.text(settings.has('type') ? 'type' : 'builder') ?? 'linux';
  const imageType = Object.hasOwn(TYPES, builder) ? (TYPES[builder] ?? builder) : builder;
  const guest: XendGuest = {
    arch: input.arch ?? host.arch,
    imageType,
    vm: vmOf(settings, uuid, file),
    vmConfig: dictionaryOf(settings, uuid, imageType, input),
    host: xendHost(host),
  };
  const reading = readDictionary(guest);
  const config: DomainConfig = {
    ...reading.config,
    memory: {
      ...reading.config.memory,
      shadowKib: (settings.memoryMib('shadow_memory', 0) ?? 0) * KIB_PER_MIB,
    },
    onShutdown: onShutdown(settings),
  };
  const devices = unsupportedDevices(config, settings, input.withoutDevices === true);
  const findings = [
    ...document.warnings,
    ...reviewOptions(document.settings.values()).findings,
    ...settings.findings,
    ...devices.findings,
  ];
  const { refusal } = reading;
  return { config: devices.config, findings, ...(refusal === undefined ? {} : { refusal }) };
}

function vmOf(settings: Settings, uuid: string, file: string | undefined): XendVm {
  const memoryMib = settings.memoryMib('memory', 1) ?? DEFAULT_MEMORY_MIB;
  const maximumMib = settings.memoryMib('maxmem', 1) ?? memoryMib;
  if (maximumMib < memoryMib) {
    throw settings.error('CONFIG_VALUE', `maxmem = ${maximumMib} is less than memory = ${memoryMib}`, 'maxmem');
  }
  const vcpus = settings.integer('vcpus', 1, MAX_VCPUS) ?? 1;
  return {
    domid: 0,
    nameLabel: nameOf(settings, file),
    uuid,
    vcpus: settings.integer('maxvcpus', vcpus, MAX_VCPUS) ?? vcpus,
    memoryTargetKib: memoryMib * KIB_PER_MIB,
    memoryMaximumKib: maximumMib * KIB_PER_MIB,
    storePort: 0,
    consolePort: 0,
    features: settings.text('features') ?? '',
  };
}

/** The name; xm took the file's where there was none. */
function nameOf(settings: Settings, file: string | undefined): string {
  const source = settings.source('name');
  return parseDomainName(source ?? (file === undefined ? 'Domain-Unnamed' : posix.basename(file)));
}

function dictionaryOf(settings: Settings, uuid: string, imageType: string, input: TextReaderInput): Dict {
  const hvm = imageType === 'hvm';
  const devices = devicesOf(settings, uuid, hvm);
  const platform = platformOf(settings, hvm, devices.console_refs.length > 0);
  const boot = bootOf(settings, hvm, platform, input);
  const cpuid = cpuidOf(settings, 'cpuid');
  const cpuidCheck = cpuidOf(settings, 'cpuid_check');
  return {
    ...boot,
    superpages: settingOr(settings, 'superpages', 0),
    HVM_boot_policy: hvm ? 'BIOS order' : '',
    platform,
    ...devices,
    ...(cpuid === null ? {} : { cpuid }),
    ...(cpuidCheck === null ? {} : { cpuid_check: cpuidCheck }),
  };
}

/** Kernel, ramdisk and command line; of an HVM guest without a loader the kernel becomes the loader. */
function bootOf(
  settings: Settings,
  hvm: boolean,
  platform: Record<string, Json>,
  { host, bootloader }: TextReaderInput,
): Dict {
  if (bootloader !== undefined) {
    return {
      _temp_using_bootloader: '1',
      _temp_kernel: bootloader.kernel,
      _temp_ramdisk: bootloader.ramdisk ?? '',
      _temp_args: bootloader.commandLine ?? '',
    };
  }
  let kernel = pathOf(settings, 'kernel');
  if (hvm) {
    let loader = pathOf(settings, 'loader');
    if (loader === '' && kernel !== '') {
      kernelAsLoader(settings, kernel);
      loader = kernel;
      kernel = '';
    }
    platform['loader'] = loader === '' ? host.options.hvmloader : loader;
  } else if (kernel === '') {
    throw kernelMissing(settings);
  }
  return { PV_kernel: kernel, PV_ramdisk: pathOf(settings, 'ramdisk'), PV_args: commandLineOf(settings) };
}

/** A path made absolute, as xm made it; empty where there is none. */
function pathOf(settings: Settings, key: string): string {
  const text = settings.text(key) ?? '';
  return text === '' ? '' : posix.resolve(text);
}

function kernelMissing(settings: Settings) {
  return settings.has('bootloader')
    ? settings.error(
        'CONFIG_BOOTLOADER',
        'the guest boots through a bootloader, which has not been run',
        'bootloader',
        'run it, and give its kernel, ramdisk and command line as the bootloader result',
      )
    : settings.error('CONFIG_MISSING', 'the configuration names no kernel', 'kernel', 'add kernel = "…"');
}

/** Facts about the host as xend's options and clock had them. */
function xendHost({ options, clock, hypervisor }: HostFacts): XendHost {
  return {
    options: {
      vncpasswd: options.vncPassword,
      vncListen: options.vncListen,
      vncTls: options.vncTls === null ? 0 : 1,
      vncX509CertDir: options.vncTls?.certificateDirectory ?? '',
      vncX509Verify: options.vncTls?.verify === true ? 1 : 0,
    },
    xenCaps: hypervisor.capabilities,
    clock: {
      nowEpochSeconds: clock.nowEpochSeconds,
      isDst: 0,
      timezoneWestSeconds: 0 - clock.zoneOffsetSeconds,
      altzoneWestSeconds: 0 - clock.zoneOffsetSeconds,
    },
  };
}

function onShutdown(settings: Settings): DomainConfig['onShutdown'] {
  const action = (key: string, absent: LifecycleAction): LifecycleAction => {
    const source = settings.source(key);
    return source === undefined ? absent : parseShutdownAction(source);
  };
  const crash = action('on_crash', 'restart');
  return {
    poweroff: action('on_poweroff', 'destroy'),
    reboot: action('on_reboot', 'restart'),
    crash,
    watchdog: action('on_watchdog', crash),
  };
}
