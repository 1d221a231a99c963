import { XENSTORE } from '../contract/tokens.js';
import { XenImageError } from '../errors.js';
import { throwIfAborted } from '../execute/run.js';
import type { Operation } from '../registry/operation.js';
import { findDomain } from './find.js';
import { untilKnown } from './until.js';

/** How long xenconsoled, or the device model, is given to say where the console is. */
const DEFAULT_TIMEOUT_MS = 5000;

/** Which console, and how long it is waited for. */
export interface ConsoleOptions {
  /** `pv` is xenconsoled's, `serial` the first serial line of an HVM guest; where not given, what the guest has. */
  readonly kind?: 'pv' | 'serial';
  /** In milliseconds; 5,000 where not given. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** A guest's console. */
export interface DomainConsole {
  readonly domid: number;
  readonly uuid: string;
  readonly kind: 'pv' | 'serial';
  /** The terminal's path, `/dev/pts/3`. */
  readonly tty: string;
}

/** Only a pseudo-terminal is a console: the nodes are domain 0's, and still nothing else is opened. */
const TERMINAL = /^\/dev\/pts\/\d{1,9}$/;

/**
 * Where a guest's console is: the terminal that xenconsoled made for it, or QEMU for its serial line
 * (`serial="pty"`).
 *
 * @throws XenImageError `DOMAIN_UNKNOWN`, `CONSOLE_MISSING` where nobody says where it is in time, `ABORTED`
 */
export async function findConsole(
  operation: Operation,
  nameOrDomid: string | number,
  { kind, timeoutMs = DEFAULT_TIMEOUT_MS, signal }: ConsoleOptions = {},
): Promise<DomainConsole> {
  const store = operation.get(XENSTORE);
  const { domid, uuid, container } = await findDomain(operation, nameOrDomid);
  const home = `/local/domain/${domid}`;
  const usual = container === 'hvm' ? (['serial', 'pv'] as const) : (['pv'] as const);
  const kinds = kind === undefined ? usual : [kind];
  const look = async (): Promise<DomainConsole | undefined> => {
    for (const one of kinds) {
      const tty = await store.read(one === 'serial' ? `${home}/serial/0/tty` : `${home}/console/tty`);
      if (tty !== undefined && TERMINAL.test(tty)) return { domid, uuid, kind: one, tty };
    }
    return undefined;
  };
  const found = await untilKnown(store, home, look, { timeoutMs, signal });
  if (found !== undefined) return found;
  throwIfAborted(signal);
  throw new XenImageError('CONSOLE_MISSING', `nobody says where the console of domain ${domid} is`, {
    domain: { domid, uuid },
    hint:
      container === 'hvm'
        ? 'Give the guest serial = "pty", and its kernel console=ttyS0.'
        : 'Is xenconsoled running? `xen-image doctor` looks.',
  });
}
