import type { Action, CheckPath, RecordFacts } from '../contract/actions.js';
import type { DomainConfig } from '../config/domain-config.js';

/** What is booted, for the record: the spellings of the configuration. */
function recordImage(config: DomainConfig, ostype: string): RecordFacts {
  const { kernel, commandLine, ramdisk } = config.boot;
  return {
    kind: 'record',
    section: 'image',
    group: 'image',
    facts: { ostype, kernel: kernel.spelling, cmdline: commandLine.spelling, ramdisk: ramdisk.spelling },
  };
}

function recordPowerManagement({ platform }: DomainConfig): RecordFacts[] {
  const states = platform.extendedPowerManagement;
  if (states === null || states === 0) return [];
  return [
    {
      kind: 'record',
      section: 'power-management',
      group: 'power-management',
      facts: { xen_extended_power_mgmt: states },
    },
  ];
}

function displayActions({ display }: DomainConfig): Action[] {
  if (display.disabled || display.vnc === null) return [];
  const { password, tls } = display.vnc;
  const actions: Action[] = [];
  if (password !== null && password.value !== '') {
    const facts = { vncpasswd: password.spelling };
    actions.push({ kind: 'record', section: 'display', group: 'password', facts });
  }
  if (tls !== null) actions.push(certificateCheck(tls.certificateDirectory));
  return actions;
}

function certificateCheck(directory: string): CheckPath {
  return {
    kind: 'check-path',
    section: 'display',
    path: directory,
    want: 'exists',
    error: {
      code: 'VNC_CERTIFICATES_MISSING',
      message: `VNC x509 certificate dir ${directory} does not exist`,
      hint: 'Put ca-cert.pem, server-cert.pem and server-key.pem there, or switch TLS for VNC off in the host options.',
    },
  };
}

/** The time offset, where there is one. */
export function clockActions({ clock }: DomainConfig): Action[] {
  const { offsetSeconds } = clock;
  return offsetSeconds === 0 ? [] : [{ kind: 'set-time-offset', section: 'clock', offsetSeconds }];
}

/** What every guest's configuring begins with: sections `image`, `power-management` and `display`. */
export function commonConfigure(config: DomainConfig, ostype: string): Action[] {
  return [recordImage(config, ostype), ...recordPowerManagement(config), ...displayActions(config)];
}

/** The `configure` step of a PV guest. */
export function linuxConfigure(config: DomainConfig): readonly Action[] {
  return [...commonConfigure(config, 'linux'), ...clockActions(config)];
}
