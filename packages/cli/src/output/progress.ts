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

function lineOf(title: string, progress: Progress): string {
  return `${title}: ${visible(progress.phase)}, ${visible(progress.step)}${percent(progress)}`;
}

/** For a terminal of another process. */
function told(tell: (text: string | undefined) => void, output: Output, title: string): ProgressDisplay {
  tell(title);
  return {
    show: (progress) => {
      tell(lineOf(title, progress));
    },
    note: (text) => {
      output.note(text);
    },
    stop: () => {
      tell(undefined);
    },
  };
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
  if (!output.animated) return silent;
  if (io.showProgress !== undefined) return told(io.showProgress.bind(io), output, title);
  if (io.stderr !== process.stderr) return silent;
  const { default: ora } = await import('ora');
  // Reading stdin away would keep Ctrl-C from becoming a signal.
  const spinner = ora({ text: title, discardStdin: false, stream: process.stderr }).start();
  return {
    show: (progress) => {
      spinner.text = lineOf(title, progress);
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
