import type { Recovered } from '@xen-image/core';
import { visible } from './visible.js';

const SAID: Readonly<Record<Recovered['entry']['operation'], Readonly<Record<Recovered['outcome'], string>>>> = {
  create: {
    finished: 'was whole and is left as it was to be',
    undone: 'was undone',
    failed: 'could not be undone yet',
  },
  destroy: { finished: 'is finished', undone: 'was undone', failed: 'could not be finished yet' },
  'save-device-model': {
    finished: 'was whole, and the guest rests',
    undone: 'was undone, and the guest goes on',
    failed: 'could not be undone yet',
  },
  'restore-device-model': {
    finished: 'is finished, and the guest goes on',
    undone: 'is over, since the guest is gone',
    failed: 'could not be finished yet, and the guest rests on',
  },
};

/** What became of an operation that was left unfinished, in a line. */
export function recoveredLine({ entry, outcome, error }: Recovered): string {
  const { operation, name, domid } = entry;
  const called = name === '' ? 'a domain without a name' : visible(name);
  const domain = domid === undefined ? called : `${called} (domid ${domid})`;
  const why = error === undefined ? '' : `: [${visible(error.code)}] ${visible(error.message)}`;
  return `an unfinished ${operation.replaceAll('-', ' ')} of ${domain} ${SAID[operation][outcome]}${why}`;
}

/** The same as plain data. */
export function recoveredJson({ entry, outcome, error }: Recovered): Readonly<Record<string, unknown>> {
  return { entry, outcome, ...(error === undefined ? {} : { error: error.toJSON() }) };
}
