import { XenImageError } from '@xen-image/core';
import { EXIT, exitCodeOfSignal } from '../exit-codes.js';
import { visible } from '../output/visible.js';
import { withDriver } from '../toolstack/acting.js';
import type { Invocation } from './definition.js';

const LONGEST_SECONDS = 86_400;

function timeoutMs({ wait, timeout }: Readonly<Record<string, unknown>>): number {
  if (wait === false) return 0;
  if (timeout === undefined) return 60_000;
  const seconds = Number(timeout);
  if (seconds > 0 && seconds <= LONGEST_SECONDS) return Math.ceil(seconds * 1000);
  throw new XenImageError('USAGE', `--timeout takes a number of seconds, not ${JSON.stringify(timeout)}`, {
    hint: `Write a number above 0 and up to ${LONGEST_SECONDS}; --no-wait asks and leaves.`,
  });
}

/** Asks a guest to end. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const [asked = ''] = args;
  const request = options['reboot'] === true ? 'reboot' : 'poweroff';
  const limitMs = timeoutMs(options);
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const end = io.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], (signal) => {
    received = signal;
    controller.abort(signal);
  });
  try {
    return await withDriver({ io, options }, async (toolstack, driver) => {
      const told = { request, timeoutMs: limitMs, signal: controller.signal } as const;
      const { domid, uuid, ended } = await toolstack.askShutdown(asked, told);
      const simulated = driver.name === 'sim';
      if (output.json) output.document({ command: 'shutdown', simulated, domain: { domid, uuid }, ended });
      else output.line(`${visible(asked)}: ${sentence(request, ended)}${simulated ? ' (simulated)' : ''}`);
      return EXIT.ok;
    });
  } catch (error) {
    if (received === undefined) throw error;
    output.note('xen-image: no longer waiting; the guest was asked all the same');
    return exitCodeOfSignal(received);
  } finally {
    end();
  }
}

function sentence(request: string, ended: string | null): string {
  if (ended === null) return `asked to ${request}`;
  return ended === 'gone' ? 'has ended and is gone' : `has shut down (${ended})`;
}
