/**
 * Schemas of what is read from and written to JSON: for programs that check data. It loads zod; the main entry does not.
 *
 * @packageDocumentation
 */
export { hostFactsSchema } from './schema/host-facts.js';
export { parseHostFacts } from './schema/parse-host-facts.js';
