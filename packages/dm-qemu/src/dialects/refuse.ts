import { XenImageError, type DeviceModelArg } from '@xen-image/core/plugin';

/** The error for an argument that a dialect has no word for. */
export function unsupported(dialect: string, arg: DeviceModelArg['arg'], what: string, hint: string): XenImageError {
  return new XenImageError('DEVICE_MODEL_ARG_UNSUPPORTED', `${dialect} cannot have ${what}`, {
    phase: 'plan',
    hint,
    data: { dialect, arg },
  });
}

/**
 * The finished list, each element fit for execve(2).
 *
 * @throws XenImageError `DEVICE_MODEL_ARG_INVALID` for a value with a NUL in it
 */
export function finished(dialect: string, argv: readonly string[]): readonly string[] {
  const bad = argv.findIndex((element) => element.includes('\0'));
  if (bad === -1) return argv;
  const option = argv[bad - 1] ?? '';
  throw new XenImageError(
    'DEVICE_MODEL_ARG_INVALID',
    `the value ${JSON.stringify(argv[bad])} for ${dialect}'s option ${option} has a NUL in it`,
    { phase: 'plan', data: { dialect, option } },
  );
}
