// npm run schemas -w packages/cli: writes the JSON Schemas of what the command reads and prints, from the built core.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import prettier from 'prettier';
import { jsonSchemas } from '../packages/core/dist/schema.js';
import { root } from './setup.mjs';

const directory = join(root, 'packages/cli/schema');
mkdirSync(directory, { recursive: true });
for (const [name, schema] of Object.entries(jsonSchemas())) {
  const path = join(directory, `${name}.schema.json`);
  const options = await prettier.resolveConfig(path);
  writeFileSync(path, await prettier.format(JSON.stringify(schema), { ...options, filepath: path }));
}
