import { EXIT } from './exit-codes.js';
import { processIo, type Io } from './io.js';
import { outliveReaders } from './readers.js';
import { readVersion } from './version.js';

/**
 * Runs the command line `xen-image …words`.
 *
 * @returns the exit code; nothing is thrown
 */
export async function main(words: readonly string[], io: Io = processIo()): Promise<number> {
  // The commonest question of scripts is answered before anything is loaded.
  if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
    io.stdout.write(`xen-image ${readVersion()}\n`);
    return EXIT.ok;
  }
  const { run } = await import('./run.js');
  return run(words, io);
}

/** Runs this process's command line and sets its exit code. */
export async function start(): Promise<void> {
  outliveReaders();
  process.exitCode = await main(process.argv.slice(2));
  endSoon();
}

/** How long what is still under way may keep the process once everything is said. */
const LINGER_MS = 1000;

/** Ends the process though something a plugin began goes on; one that has nothing to do ends at once, by itself. */
function endSoon(): void {
  setTimeout(() => {
    if (process.stdout.writableLength + process.stderr.writableLength > 0) endSoon();
    else process.exit();
  }, LINGER_MS).unref();
}
