import * as z from 'zod';
import { JSON_DOCUMENTS } from './outputs.js';

/** A JSON Schema document. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** JSON Schemas (draft 2020-12) of the documents that the command reads and prints, by file name without ending. */
export function jsonSchemas(): Readonly<Record<string, JsonSchema>> {
  return Object.fromEntries(
    Object.entries(JSON_DOCUMENTS).map(([name, schema]) => [
      name,
      z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as JsonSchema,
    ]),
  );
}
