import { XenImageError } from '@xen-image/core';

/** The highest domid that a domain can have, and one more: `DOMID_FIRST_RESERVED` (xen/include/public/xen.h). */
const FIRST_RESERVED_DOMID = 0x7ff0;

/**
 * The error of an answer that cannot be: a count beyond what was asked for, a number beyond its range. Nothing is read on
 * from such an answer: the struct it stands in may be laid out otherwise than the table says.
 */
export function badAnswer(what: string, call?: string): XenImageError {
  return new XenImageError(
    'XEN_ANSWER_INVALID',
    `${call === undefined ? "Xen's libraries" : call} answered what cannot be: ${what}`,
    {
      ...(call === undefined ? {} : { call }),
      hint: 'The installed libraries may belong to another Xen than the one that runs; xen-image doctor compares them.',
    },
  );
}

/** A count that a call answered, if it is no larger than what there was room for. */
export function countWithin(call: string, count: number, most: number): number {
  if (count > most) throw badAnswer(`${String(count)} entries where ${String(most)} have room`, call);
  return count;
}

/** A domid that a call answered, if a domain can have it. */
export function answeredDomid(call: string, domid: number): number {
  if (domid >= FIRST_RESERVED_DOMID) throw badAnswer(`the domid ${String(domid)}`, call);
  return domid;
}
