import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { jsonSchemas } from '@xen-image/core/schema';
import { COMMANDS } from '../../src/commands/table.js';
import { SCHEMAS } from '../support/paths.js';

const ENDING = '.schema.json';

describe('the published JSON Schemas', () => {
  it('are those of the sources (npm run schemas -w packages/cli writes them)', () => {
    const files = readdirSync(SCHEMAS).map((file) => [
      file.slice(0, -ENDING.length),
      JSON.parse(readFileSync(join(SCHEMAS, file), 'utf8')) as unknown,
    ]);
    expect(Object.fromEntries(files)).toEqual(JSON.parse(JSON.stringify(jsonSchemas())));
  });

  it('have one for every command', () => {
    expect(Object.keys(jsonSchemas())).toEqual(expect.arrayContaining(COMMANDS.map(({ name }) => name)));
  });
});
