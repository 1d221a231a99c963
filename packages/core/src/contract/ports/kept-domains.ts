import type { DomainConfig } from '../../config/domain-config.js';
import type { FileLock } from './posix.js';

/** What a toolstack keeps of a domain that it made, so that the domain can be started again. */
export interface KeptDomain {
  readonly uuid: string;
  /** The profile that it was planned under. */
  readonly profile: string;
  /** Passwords are in it. */
  readonly config: DomainConfig;
  /** When it was started again, in milliseconds since 1970, the oldest first; those that count still. */
  readonly restarts: readonly number[];
  /**
   * `restarting` from before the old domain ends until the new one is there: whoever finds it so and no domain of that
   * uuid starts it. `preserved`: it has shut down and stays for the operator to look at.
   */
  readonly state: 'runs' | 'restarting' | 'preserved';
}

/**
 * Domains as they are kept from one process to the next, until the host boots anew; nobody but the toolstack's user can read them.
 *
 * Rejections are `XenImageError`s of code `DOMAIN_KEEP_FAILED`.
 */
export interface KeptDomains {
  /** Keeps a domain in place of what was kept of its uuid. Durable when the promise resolves, and whole at any time. */
  keep(domain: KeptDomain): Promise<void>;
  /** `undefined` for a domain that another toolstack made. */
  read(uuid: string): Promise<KeptDomain | undefined>;
  forget(uuid: string): Promise<void>;
  list(): Promise<readonly KeptDomain[]>;
  /**
   * The right to act on a domain that has shut down (its uuid), or to act on all (`supervisor`), until it is released
   * or the process ends; `undefined` where another has it.
   */
  tryLock(right: string): Promise<FileLock | undefined>;
}
