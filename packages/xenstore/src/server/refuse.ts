/** Throws an error that reaches the client as this errno. */
export function refuse(errno: string): never {
  throw Object.assign(new Error(`xenstore: ${errno}`), { code: errno });
}
