import { XenImageError, type Reading, type TextReaderInput } from '@xen-image/core/plugin';

/** Reads a configuration text as xm did. */
export function readXendText(_input: TextReaderInput): Reading {
  throw new XenImageError('NOT_YET', 'to be written');
}
