/** This process's environment for a command: without what only jest needs, and without a service that may run on this machine. */
export function environment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  return { ...process.env, NODE_OPTIONS: undefined, XEN_IMAGE_SERVICE: 'off', ...more };
}
