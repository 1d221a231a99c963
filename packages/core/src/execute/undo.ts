import { XenImageError, isXenImageError } from '../errors.js';

/** A step that gives back what an earlier one took. */
export interface UndoStep {
  readonly name: string;
  run(): Promise<void>;
}

/** An undo step that failed. */
export interface UndoFailure {
  readonly name: string;
  readonly error: XenImageError;
}

/** Undo steps of one operation, run newest first when it fails. */
export class UndoStack {
  readonly #steps: UndoStep[] = [];

  push(name: string, run: () => Promise<void>): void {
    this.#steps.push({ name, run });
  }

  /** Names of the steps not yet run, the newest last. */
  get pending(): readonly string[] {
    return this.#steps.map((step) => step.name);
  }

  /** Forgets the steps: the operation is complete, and its domain's end will give everything back. */
  commit(): void {
    this.#steps.length = 0;
  }

  /**
   * Runs all steps, the newest first. One that fails does not keep the others from running.
   *
   * @returns the failures, in the order in which they happened; empty where everything was given back
   */
  async unwind(): Promise<UndoFailure[]> {
    const failures: UndoFailure[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.run();
      } catch (error) {
        failures.push({ name: step.name, error: asXenImageError(error) });
      }
    }
    return failures;
  }
}

/** Any thrown value as a coded error; one without a code becomes `INTERNAL` with the value as its cause. */
export function asXenImageError(error: unknown): XenImageError {
  if (isXenImageError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new XenImageError('INTERNAL', message, { cause: error });
}
