/**
 * Where in a domain's life an operation was when it failed.
 *
 * `config` is reading and checking text; `plan` is deciding; the others are steps of the executor and the lifecycle.
 */
export type Phase =
  | 'config'
  | 'plan'
  | 'configure'
  | 'reserve'
  | 'create'
  | 'build'
  | 'introduce'
  | 'device-model'
  | 'run'
  | 'destroy'
  | 'restore'
  | 'recover'
  | 'connect';

/** A place in a configuration text; `line` and `column` count from 1. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
  /** The file's name, where the text came from one. */
  readonly file?: string;
}

/** Which domain an error speaks of: whatever of it was known at the time. */
export interface DomainRef {
  readonly domid?: number;
  readonly name?: string;
  readonly uuid?: string;
}

/** What can be said of a failure beside its code and message; all of it optional. */
export interface XenImageErrorDetails {
  /** The phase the operation was in. */
  readonly phase?: Phase | undefined;
  readonly domain?: DomainRef | undefined;
  /** The foreign call, xenstore request or system call that failed, by its own name. */
  readonly call?: string | undefined;
  /** The name of the error number (`ENOMEM`), or `unknown` where the number was lost. */
  readonly errno?: string | undefined;
  /** What the user can do about it, as a sentence. */
  readonly hint?: string | undefined;
  /** Where in the configuration text the cause stands. */
  readonly position?: TextPosition | undefined;
  /** What libxc, QEMU or another program said, line by line. */
  readonly said?: readonly string[] | undefined;
  /** Code-specific facts (plain data), for programs that handle the error. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

/** The form of an error in `--json` output and logs: plain data, without stack. */
export interface XenImageErrorJson extends Omit<XenImageErrorDetails, 'cause'> {
  readonly code: string;
  readonly message: string;
  readonly cause?: string;
}

/**
 * The one error class of xen-image.
 *
 * `code` is stable within a major version and listed in docs/errors.md; the message is not stable. Wrong use of the
 * API (a missing argument, a value of the wrong type from a program) is a plain `TypeError` instead.
 */
export class XenImageError extends Error {
  readonly code: string;
  /** The phase the operation was in, where the error has one. */
  readonly phase: Phase | undefined;
  readonly domain: DomainRef | undefined;
  readonly call: string | undefined;
  readonly errno: string | undefined;
  readonly hint: string | undefined;
  readonly position: TextPosition | undefined;
  readonly said: readonly string[] | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;

  constructor(code: string, message: string, details: XenImageErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'XenImageError';
    this.code = code;
    this.phase = details.phase;
    this.domain = details.domain;
    this.call = details.call;
    this.errno = details.errno;
    this.hint = details.hint;
    this.position = details.position;
    this.said = details.said;
    this.data = details.data;
  }

  /** The error as plain data: own fields that are set, the cause as its message. */
  toJSON(): XenImageErrorJson {
    const json: Record<string, unknown> = { code: this.code, message: this.message };
    for (const key of ['phase', 'domain', 'call', 'errno', 'hint', 'position', 'said', 'data'] as const) {
      if (this[key] !== undefined) json[key] = this[key];
    }
    if (this.cause !== undefined) json['cause'] = causeText(this.cause);
    return json as unknown as XenImageErrorJson;
  }

  /**
   * A copy with further details; those already set win, so that the innermost place keeps the word. Its stack is this
   * error's, made into text only when it is looked at.
   */
  with(details: XenImageErrorDetails): XenImageError {
    const merged = {
      phase: this.phase ?? details.phase,
      domain: (this.domain ?? details.domain) ? { ...details.domain, ...this.domain } : undefined,
      call: this.call ?? details.call,
      errno: this.errno ?? details.errno,
      hint: this.hint ?? details.hint,
      position: this.position ?? details.position,
      said: this.said ?? details.said,
      data: this.data ?? details.data,
      cause: this.cause ?? details.cause,
    } as XenImageErrorDetails;
    const copy = withoutStack(() => new XenImageError(this.code, this.message, merged));
    Object.defineProperty(copy, 'stack', { get: () => this.stack, configurable: true });
    return copy;
  }
}

function causeText(cause: unknown): string {
  if (cause instanceof Error) return cause.message;
  return typeof cause === 'string' ? cause : `a thrown ${typeof cause}`;
}

/** Makes an error whose stack would tell nobody anything: one that was decided as data, or the copy of another. */
export function withoutStack<T extends Error>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Whether a value is a {@link XenImageError}, also one that another copy of this package made. */
export function isXenImageError(value: unknown): value is XenImageError {
  return (
    value instanceof Error && value.name === 'XenImageError' && typeof (value as { code?: unknown }).code === 'string'
  );
}
