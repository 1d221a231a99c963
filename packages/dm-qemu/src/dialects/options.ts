/**
 * A value inside one of QEMU's comma-separated options: a comma of its own is doubled, so that it ends nothing
 * (qemu/util/keyval and qemu-option, `get_opt_value`).
 */
export function escaped(value: string): string {
  return value.includes(',') ? value.replaceAll(',', ',,') : value;
}

/**
 * The first value of an option whose first key may be left out. With an equals sign in it the key is spelled, or QEMU
 * would take the part before the sign for a key.
 */
export function implied(key: string, value: string): string {
  return value.includes('=') ? `${key}=${escaped(value)}` : escaped(value);
}
