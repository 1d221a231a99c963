/**
 * Schemas of what is read from and written to JSON: for programs that check data. It loads zod; the main entry does not.
 *
 * @packageDocumentation
 */
export { configSchema } from './schema/config.js';
export { errorSchema, findingSchema } from './schema/errors.js';
export { hostFactsSchema } from './schema/host-facts.js';
export { jsonSchemas, type JsonSchema } from './schema/json-schema.js';
export { OUTPUT_SCHEMAS } from './schema/outputs.js';
export { parseHostFacts } from './schema/parse-host-facts.js';
export { planSchema } from './schema/plan.js';
