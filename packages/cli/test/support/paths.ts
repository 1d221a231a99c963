import { fileURLToPath } from 'node:url';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The command as it is installed. */
export const COMMAND = at('../../bin/xen-image.js');
/** What loads the command's bundle. */
export const START = at('../../dist/bundle/start.cjs');
/** What has a command be cut off. */
export const CUT_OFF = at('cut-off.cjs');
/** The guests that ship with the project. */
export const EXAMPLES = at('../../../../examples/guests');
/** Recorded cases of xend's image handlers. */
export const VECTORS = at('../../../xend-compat/test/vectors/xend-image.jsonl');
/** The published JSON Schemas. */
export const SCHEMAS = at('../../schema');
