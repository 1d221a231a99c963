/** Something that hostile input is given to. */
export interface Target {
  readonly name: string;
  /** Valid inputs to begin with. */
  readonly seeds: () => readonly Buffer[];
  /** Words that its input is made of. */
  readonly words: readonly string[];
  /** Whether an input is JSON, so that its values are changed, not only its bytes. */
  readonly json?: boolean;
  /**
   * Gives it one input. Whatever it may rightly refuse is not thrown; whatever is thrown is a defect.
   */
  run(input: Buffer): void | Promise<void>;
}
