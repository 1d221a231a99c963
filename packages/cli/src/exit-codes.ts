/** What the command's exit code says. */
export const EXIT = {
  /** Done, or planned: a plan's findings do not change it. */
  ok: 0,
  /** Failed, or refused; one coded error says why. */
  failed: 1,
  /** The command line itself is wrong; nothing was looked at. */
  usage: 2,
  /** Ended by a signal after everything was undone: 128 and the signal's number. */
  hangup: 129,
  interrupted: 130,
  terminated: 143,
} as const;

/** Signals that ask for an end: Ctrl-C, a service manager, a terminal that went away. */
export const ENDING: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The exit code of an operation that a signal ended. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  if (signal === 'SIGINT') return EXIT.interrupted;
  return signal === 'SIGHUP' ? EXIT.hangup : EXIT.terminated;
}
