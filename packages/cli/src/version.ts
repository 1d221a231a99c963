import { readFileSync } from 'node:fs';

/** Put in by the bundler; a plain build reads it from package.json. */
declare const __XEN_IMAGE_VERSION__: string | undefined;

/** The version of this package. */
export function readVersion(): string {
  if (typeof __XEN_IMAGE_VERSION__ === 'string') return __XEN_IMAGE_VERSION__;
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
