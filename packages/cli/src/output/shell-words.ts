/** Words that no shell of Bourne's line changes: no expansion, no splitting, no history. */
const PLAIN = /^[A-Za-z0-9_@%+:.,/-][A-Za-z0-9_@%+=:.,/-]*$/;

/** What a terminal would act on, or not show; see `visible`. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const NAMED: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r', 27: '\\e', 39: "\\'", 92: '\\\\' };

/** Bytes beyond printable ASCII go by octal number, which means the same in every locale. */
function ansiC(word: string): string {
  let text = '';
  for (const byte of Buffer.from(word, 'utf8')) {
    const named = NAMED[byte];
    if (named !== undefined) text += named;
    else text += byte < 32 || byte > 126 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
  }
  return `$'${text}'`;
}

/**
 * One argument as a word for a shell: as it is where that is safe, between single quotes, or, where it holds characters
 * that a terminal would act on, in `$'…'` form, which bash, zsh and ksh read.
 *
 * @throws TypeError for a NUL, which no argument of a process can hold
 */
export function shellWord(word: string): string {
  if (word.includes('\0')) throw new TypeError('an argument of a process cannot hold a NUL');
  if (PLAIN.test(word)) return word;
  return UNPRINTABLE.test(word) ? ansiC(word) : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A variable and its value as an assignment in front of a command. */
export function shellAssignment(name: string, value: string): string {
  return `${name}=${value === '' ? '' : shellWord(value)}`;
}

/** Whether a word starts an option, so that its values stay on its line. */
function isOption(word: string): boolean {
  return word.length > 1 && word.startsWith('-');
}

/**
 * A command line that can be pasted into a shell: one option with its values a line, lines joined by backslashes.
 *
 * @param words - the program and its arguments
 * @param environment - variables set for it
 * @param indent - put before each line
 */
export function shellCommand(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  indent = '',
): string {
  const lines: string[] = Object.entries(environment).map(([name, value]) => shellAssignment(name, value));
  words.forEach((word, index) => {
    const quoted = shellWord(word);
    const last = lines.length - 1;
    if (index === 0 || (isOption(word) && index > 0)) lines.push(quoted);
    else if (index === 1) lines.push(quoted);
    else lines[last] = `${lines[last] ?? ''} ${quoted}`;
  });
  return lines.map((line, index) => `${indent}${index === 0 ? '' : '  '}${line}`).join(' \\\n');
}
