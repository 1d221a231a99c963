import type { Action, CheckPath, RecordFacts, RequireCapability } from '../contract/actions.js';
import type { DomainConfig } from '../config/domain-config.js';
import type { HandlerInput } from '../contract/handler.js';
import { clockActions, commonConfigure } from './configure.js';

function floppyChecks({ config, policy }: HandlerInput): CheckPath[] {
  if (!policy.fileChecks.floppies) return [];
  const { floppyA, floppyB } = config.platform;
  return [floppyA, floppyB]
    .filter((path): path is string => path !== null && path !== '')
    .map((path) => ({
      kind: 'check-path',
      section: 'floppies',
      path,
      want: 'exists',
      error: {
        code: 'FLOPPY_MISSING',
        message: `Floppy file ${path} does not exist.`,
        hint: 'fda and fdb are images or devices of this host, by their absolute paths.',
      },
    }));
}

function diskChecks({ disks }: DomainConfig): CheckPath[] {
  return disks
    .map((disk) => disk.requiredFile)
    .filter((path) => path !== null)
    .map((path) => ({
      kind: 'check-path',
      section: 'disks',
      path,
      want: 'file',
      error: {
        code: 'DISK_IMAGE_MISSING',
        message: `Disk image does not exist: ${path}`,
        hint: 'The image of a disk is a plain file of this host; block devices are those under /dev.',
      },
    }));
}

const HVM_CAPABILITY: RequireCapability = {
  kind: 'require-capability',
  section: 'capability',
  capability: 'hvm',
  error: {
    code: 'HVM_REQUIRED',
    message: 'HVM guest support is unavailable: is VT/AMD-V supported by your CPU and enabled in your BIOS?',
    hint: 'xl info shows the capabilities as xen_caps; a PV guest needs no such support.',
  },
};

/** Options that are left out of the record of a device model's options: where a window or a port goes is the host's. */
const UNRECORDED_OPTIONS = ['-sdl', '-disable-opengl', '-serial', 'pty'];

function recordDeviceModel({ deviceModel, display }: DomainConfig): RecordFacts {
  return {
    kind: 'record',
    section: 'device-model',
    group: 'device-model',
    facts: {
      dmargs: { join: { ref: 'deviceModelOptions' }, separator: ' ', without: UNRECORDED_OPTIONS },
      'device-model': deviceModel.program,
      display: display.xDisplay ?? '',
    },
  };
}

function recordPlatformDevice({ platform }: DomainConfig): RecordFacts {
  return {
    kind: 'record',
    section: 'platform-device',
    group: 'platform-device',
    facts: { disable_pf: platform.platformPci ? 0 : 1 },
  };
}

function recordClock({ clock }: DomainConfig): RecordFacts {
  return {
    kind: 'record',
    section: 'rtc',
    group: 'clock',
    facts: { 'rtc/timeoffset': clock.configuredOffset.spelling },
  };
}

/** The `configure` step of an HVM guest. */
export function hvmConfigure(input: HandlerInput): readonly Action[] {
  const { config } = input;
  return [
    ...commonConfigure(config, 'hvm'),
    ...floppyChecks(input),
    ...diskChecks(config),
    ...clockActions(config),
    HVM_CAPABILITY,
    recordDeviceModel(config),
    recordPlatformDevice(config),
    recordClock(config),
  ];
}
