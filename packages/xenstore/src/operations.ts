/** Request and reply types of the wire protocol, by name (xen/include/public/io/xs_wire.h, `enum xsd_sockmsg_type`). */
export const OP = {
  CONTROL: 0,
  DIRECTORY: 1,
  READ: 2,
  GET_PERMS: 3,
  WATCH: 4,
  UNWATCH: 5,
  TRANSACTION_START: 6,
  TRANSACTION_END: 7,
  INTRODUCE: 8,
  RELEASE: 9,
  GET_DOMAIN_PATH: 10,
  WRITE: 11,
  MKDIR: 12,
  RM: 13,
  SET_PERMS: 14,
  WATCH_EVENT: 15,
  ERROR: 16,
  IS_DOMAIN_INTRODUCED: 17,
  RESUME: 18,
  SET_TARGET: 19,
  RESET_WATCHES: 21,
  DIRECTORY_PART: 22,
} as const;

/** The name of a request or reply type, as the protocol's documents spell it. */
export type OpName = keyof typeof OP;

const NAMES = new Map<number, OpName>(Object.entries(OP).map(([name, op]) => [op, name as OpName]));

/** The name of a type's number; `undefined` for a number that this package does not know. */
export function opName(op: number): OpName | undefined {
  return NAMES.get(op);
}
