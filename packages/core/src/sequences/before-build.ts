import type { Action, CheckPath, SetTscMode, Warn } from '../contract/actions.js';
import type { DomainConfig } from '../config/domain-config.js';
import type { HandlerInput } from '../contract/handler.js';

/** The size of `cmd_line` in a PV guest's start_info, its final NUL included (xen/include/public/xen.h). */
const COMMAND_LINE_BYTES = 1024;

const BOOT_FILE_HINT = 'Kernel and ramdisk are plain files of this host, not of the guest.';

/** A check in section `files` that a plain file stands at a path. */
export function fileCheck(path: string, code: string, what: string, hint: string): CheckPath {
  return {
    kind: 'check-path',
    section: 'files',
    path,
    want: 'file',
    error: { code, message: `${what} does not exist: ${path}`, hint },
  };
}

function commandLineWarning({ boot }: DomainConfig): Warn[] {
  const commandLine = boot.commandLine.value;
  // A UTF-16 code unit makes at most three bytes.
  if (commandLine.length * 3 < COMMAND_LINE_BYTES) return [];
  const bytes = Buffer.byteLength(commandLine);
  if (bytes < COMMAND_LINE_BYTES) return [];
  const message = `the kernel command line has ${bytes} bytes, paravirtual kernels take at most ${COMMAND_LINE_BYTES - 1}`;
  return [{ kind: 'warn', section: 'command-line', code: 'COMMAND_LINE_LONG', message }];
}

/** What every build begins with: sections `files` and `command-line`. */
export function commonBeforeBuild(config: DomainConfig): Action[] {
  const actions: Action[] = [];
  const kernel = config.boot.kernel.value;
  const ramdisk = config.boot.ramdisk.value;
  if (kernel !== null && kernel !== '')
    actions.push(fileCheck(kernel, 'KERNEL_MISSING', 'Kernel image', BOOT_FILE_HINT));
  if (ramdisk !== null && ramdisk !== '')
    actions.push(fileCheck(ramdisk, 'RAMDISK_MISSING', 'Kernel ramdisk', BOOT_FILE_HINT));
  return [...actions, ...commandLineWarning(config)];
}

/** The time stamp counter's mode, where configuration or policy has one. */
export function tscMode({ config, policy }: HandlerInput): SetTscMode[] {
  const mode = config.platform.tscMode ?? policy.tscMode;
  return mode === null ? [] : [{ kind: 'set-tsc-mode', section: 'tsc', mode }];
}
