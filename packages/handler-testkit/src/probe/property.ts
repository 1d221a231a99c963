import fc from 'fast-check';

/**
 * Looks for arguments that a property does not hold for, and throws what it failed with for the simplest of them: the
 * message of the check itself, then the arguments and the seed.
 */
export function assertProperty<Ts>(property: fc.IProperty<Ts>): void {
  const details = fc.check(property);
  if (!details.failed) return;
  const { errorInstance, counterexample, counterexamplePath, seed } = details;
  const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  const found = `for ${JSON.stringify(counterexample)} (seed ${String(seed)}, path ${String(counterexamplePath)})`;
  throw new Error(`${why}\n${found}`, { cause: errorInstance });
}
