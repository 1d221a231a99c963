/**
 * Reads one of QEMU's comma-separated options as QEMU does (util/qemu-option.c): a doubled comma is a comma, the first
 * value may come without its key.
 */
export function readOption(text: string, impliedKey?: string): Map<string, string> {
  const parameters = new Map<string, string>();
  let at = 0;
  const value = (): string => {
    let read = '';
    while (at < text.length) {
      if (text[at] === ',') {
        if (text[at + 1] !== ',') break;
        at++;
      }
      read += text.charAt(at++);
    }
    at++;
    return read;
  };
  while (at < text.length) {
    const stop = /[=,]/.exec(text.slice(at));
    const named = stop?.[0] === '=';
    if (!named && at === 0 && impliedKey !== undefined) parameters.set(impliedKey, value());
    else if (named) {
      const key = text.slice(at, at + stop.index);
      at += key.length + 1;
      parameters.set(key, value());
    } else {
      const flag = value();
      parameters.set(flag, 'on');
    }
  }
  return parameters;
}

/** The values of an option, wherever it stands. */
export function valuesOf(argv: readonly string[], option: string): string[] {
  return argv.flatMap((word, index) => (argv[index - 1] === option ? [word] : []));
}
