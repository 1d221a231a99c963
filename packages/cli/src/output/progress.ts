import type { Progress } from '@xen-image/core';
import type { Io } from '../io.js';
import type { Output } from './output.js';
import { visible } from './visible.js';

/** What moves on a terminal while something is done. */
export interface ProgressDisplay {
  show(progress: Progress): void;
  /** A line beside it. */
  note(text: string): void;
  stop(): void;
}

function percent({ fraction }: Progress): string {
  return fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`;
}

/** A spinner on a terminal; nothing where stderr is none, or `--quiet` or `--json` was given. */
export async function startProgress(io: Io, output: Output, title: string): Promise<ProgressDisplay> {
  const silent: ProgressDisplay = {
    show: () => undefined,
    note: (text) => {
      output.note(text);
    },
    stop: () => undefined,
  };
  if (!output.animated || io.stderr !== process.stderr) return silent;
  const { default: ora } = await import('ora');
  // Reading stdin away would keep Ctrl-C from becoming a signal.
  const spinner = ora({ text: title, discardStdin: false, stream: process.stderr }).start();
  return {
    show: (progress) => {
      spinner.text = `${title}: ${visible(progress.phase)}, ${visible(progress.step)}${percent(progress)}`;
    },
    note: (text) => {
      spinner.clear();
      output.note(text);
    },
    stop: () => {
      spinner.stop();
    },
  };
}
