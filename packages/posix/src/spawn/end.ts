import { constants } from 'node:os';
import type { ProgramEnd } from '@xen-image/core';

/** The end that a status of waitpid(2) tells. */
export function endOfStatus(status: number): ProgramEnd {
  const signal = status & 0x7f;
  return signal === 0 ? { how: 'exited', status: (status >> 8) & 0xff } : { how: 'signal', signal: signalName(signal) };
}

/** Of several names the one that Node uses, too: SIGABRT, SIGIO. */
function signalName(number: number): string {
  const known = Object.entries(constants.signals).find(([, value]) => value === number);
  return known === undefined ? `signal ${String(number)}` : known[0];
}
