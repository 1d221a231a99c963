/** A value as a configuration or a xenstore node can hold it; `null` stands for "no node". */
export type Scalar = string | number | null;

/**
 * A switch: off where it is `false` or 0.
 *
 * A number other than 1 is one that a configuration gave and that a hypercall is to be handed as it is; whoever only
 * needs to know whether the switch is on tests it for truth.
 */
export type Flag = boolean | number;

/**
 * A value beside the way it was spelled.
 *
 * Handlers compute with `value` and hand `spelling` on where another program (QEMU, xenstore's readers) saw the
 * original text. A reader that has no use for spellings makes them with {@link spelled}.
 */
export interface Spelled<T> {
  readonly value: T;
  readonly spelling: Scalar;
}

/** A {@link Spelled} whose spelling is the value's own text, or the value itself where it is a scalar. */
export function spelled<T extends Scalar | boolean>(value: T): Spelled<T> {
  return { value, spelling: typeof value === 'boolean' ? Number(value) : value };
}

/**
 * The name of a result that an earlier action leaves (`as`), or of a figure known once the domain exists.
 *
 * Known without any action: `domid`, `uuid`, `startTime` (seconds since 1970), `storePort`, `consolePort`, and `deviceModelOptions` (the rendered
 * device-model options, a list of texts).
 */
export interface Ref {
  readonly ref: string;
}

/** A value, or the name of a result that stands for it. A plan prints the latter as `<name>`. */
export type Deferred<T> = T | Ref;

/** A list result joined to one text, elements in `without` left out. */
export interface Joined {
  readonly join: Ref;
  readonly separator: string;
  readonly without: readonly string[];
}

/** What a xenstore node may be told to hold: a text as it is, a number in decimal, `null` to be removed. */
export type StoreValue = Scalar | Ref | Joined;

/** Whether a deferred value is a reference. */
export function isRef(value: unknown): value is Ref {
  return typeof value === 'object' && value !== null && typeof (value as { ref?: unknown }).ref === 'string';
}

/** Whether a store value is a joined list. */
export function isJoined(value: unknown): value is Joined {
  return typeof value === 'object' && value !== null && isRef((value as { join?: unknown }).join);
}
