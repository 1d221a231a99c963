import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { toAsk } from '../service/asking.js';
import { readVersion } from '../version.js';
import { Chunks } from './chunks.js';
import { readKeptCode, writeKeptCode } from './kept-code.js';

/** A command's name, as opposed to an option and to what no file could be called. */
const COMMAND = /^[a-z][a-z-]{0,31}$/;

/** Where the code of a command is kept; `undefined` for a command line without one. */
function keptFile(directory: string, command: string | undefined): string | undefined {
  if (command === undefined || !COMMAND.test(command)) return undefined;
  return join(directory, 'compiled', `${process.version}-${process.arch}-${command}`);
}

/** Options of Node's own can change what V8 compiles: nothing is kept of such a process. */
function hasNodeOptions(): boolean {
  return process.execArgv.length > 0 || (process.env['NODE_OPTIONS'] ?? '') !== '';
}

/** Has a service carry out this process's command line, where one does. */
async function ask(): Promise<number | undefined> {
  const asked = await toAsk(process.argv.slice(2), readVersion());
  if (asked === undefined) return undefined;
  const { askService } = await import('../service/ask.js');
  const { say } = await import('../service/streams.js');
  return askService(asked, {
    out: (text) => {
      say('stdout', text);
    },
    err: (text) => {
      say('stderr', text);
    },
    columns: asked.ask.stderr.columns ?? 0,
  });
}

/**
 * Runs this process's command line from the bundle in a directory, where no service does.
 *
 * What V8 makes of the bundle is kept beside it, by command, when the command was done without a failure; and only by
 * the owner of the bundle, so that whoever could change what is kept could change the bundle as well.
 */
export async function start(directory: string): Promise<void> {
  const served = await ask();
  if (served !== undefined) {
    process.exitCode = served;
    return;
  }
  const user = process.geteuid?.() ?? -1;
  const file = keptFile(directory, process.argv[2]);
  const chunks = new Chunks(directory, file === undefined ? new Map() : readKeptCode(file, user));
  const main = chunks.require('./main.js') as { readonly start: () => Promise<void> };
  await main.start();
  if (file === undefined || chunks.allKept || process.exitCode !== 0 || hasNodeOptions()) return;
  try {
    if (lstatSync(directory).uid === user) writeKeptCode(file, chunks.code());
  } catch {
    // A bundle on a read-only file system, or a full one: the next start compiles anew.
  }
}
