import type { Section, Step } from '../contract/actions.js';

/**
 * The sections of each step, in the order in which xend's image.py went through them.
 *
 * Handlers of a kind use those that their sequence has. A refusal names the last section that still runs, so a reader
 * of the original's configuration places a problem where the original met it.
 *
 * - `configure`: `image` records what is booted; `power-management` records states beyond the usual; `display` records
 *   the VNC password, then looks for the certificate directory; `floppies`, `disks` and `nics` are the device model's
 *   arguments being made, with the checks of files; `clock` sets the time offset. HVM guests go on: `capability` looks
 *   whether the host has HVM; `device-model`, `platform-device` and `rtc` record; `hardware` reads `apic`, `acpi` and
 *   their like, and has no actions.
 * - `beforeBuild`: `files` looks for kernel, ramdisk and firmware; `command-line` warns of a long one; `limits` is the
 *   memory map's (PV); `nvram`, `params` and `os-type` prepare an HVM guest; `tsc` sets the time stamp counter's mode;
 *   `cpuid` stands here where the policy has it so.
 * - `build`: `build`, then `built` looks at an HVM build's answer.
 * - `afterBuild`: `results` are an HVM guest's frames and notes; `cpuid` as above.
 * - `finish`: `built` looks at a PV build's answer.
 */
export const SECTION_ORDER = {
  configure: [
    'image',
    'power-management',
    'display',
    'floppies',
    'disks',
    'nics',
    'clock',
    'capability',
    'device-model',
    'platform-device',
    'rtc',
    'hardware',
  ],
  beforeBuild: ['files', 'command-line', 'limits', 'nvram', 'params', 'os-type', 'tsc', 'cpuid'],
  build: ['build', 'built'],
  afterBuild: ['results', 'cpuid'],
  finish: ['built'],
  restore: ['cpuid'],
  cleanup: ['bootloader'],
} as const satisfies { readonly [step in Step]: readonly Section[] };
