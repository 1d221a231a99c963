import type { ProgramStart } from '@xen-image/core';

/**
 * Refuses a string with a NUL, which C would take for its end, before anything looks at it. What it holds is not told: it may be a
 * secret, and Node's own refusal tells it.
 * @throws TypeError
 */
export function refuseNul({ program, args, environment }: ProgramStart): void {
  [program, ...args].forEach((arg, index) => {
    if (arg.includes('\0')) throw new TypeError(`argument ${String(index)} has a NUL`);
  });
  for (const [name, value] of Object.entries(environment)) {
    if (name.includes('\0') || value?.includes('\0') === true) {
      throw new TypeError(`the variable ${JSON.stringify(name)} has a NUL`);
    }
  }
}
