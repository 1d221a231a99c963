import { isXenImageError } from '@xen-image/core';

/** What is wrong after a point was tried. */
export class Wrong extends Error {}

/** Throws what is wrong, if anything is. */
export function expect(holds: boolean, what: string | (() => string)): void {
  if (!holds) throw new Wrong(typeof what === 'string' ? what : what());
}

/** Codes that docs/errors.md explains. */
export interface Codes {
  has(code: string): boolean;
}

/** An error that a user meets has a code that the documents explain, and says something. */
export function expectCoded(error: unknown, codes: Codes): void {
  expect(isXenImageError(error), () => `what is thrown has no code: ${said(error)}`);
  if (!isXenImageError(error)) return;
  expect(codes.has(error.code), () => `docs/errors.md does not have ${error.code}: ${error.message}`);
  expect(error.message.trim() !== '', () => `${error.code} says nothing`);
}

/** An error in one line. */
export function said(error: unknown): string {
  if (isXenImageError(error)) return `[${error.code}] ${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const unhandled: unknown[] = [];

/** Collects rejections that nobody handles from now on. */
export function watchUnhandled(): void {
  process.on('unhandledRejection', (reason) => unhandled.push(reason));
}

/** Those since the last call. */
export function takeUnhandled(): readonly unknown[] {
  return unhandled.splice(0);
}
