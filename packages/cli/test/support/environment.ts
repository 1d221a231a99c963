/** This process's environment for a command: without what only jest needs. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return { ...process.env, NODE_OPTIONS: undefined, ...more };
}
