import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** This package's copy of the recorded cases. */
export const OWN_COPY = fileURLToPath(new URL('../vectors/xend-image.jsonl', import.meta.url));

/** The cases to replay: the package's own, or the file that XEN_IMAGE_VECTORS names. */
export const VECTORS = process.env['XEN_IMAGE_VECTORS'] ?? OWN_COPY;

/** The text of the package's own cases. */
export function vectorsText(): string {
  return readFileSync(OWN_COPY, 'utf8');
}
