import { resolve } from 'node:path';
import { EXIT } from '../exit-codes.js';
import { handlerNames } from '../new-handler/names.js';
import { writeHandler } from '../new-handler/write.js';
import { shellWord } from '../output/shell-words.js';
import { visible } from '../output/visible.js';
import type { Invocation } from './definition.js';

interface NewHandlerOptions {
  readonly type?: string;
  readonly arch?: string;
  readonly directory?: string;
}

/** Writes a package to begin a handler from. */
export async function run({ io, output, args, options }: Invocation): Promise<number> {
  const { type, arch = 'x86', directory: named } = options as NewHandlerOptions;
  const names = handlerNames(args[0] ?? '', type);
  const directory = resolve(io.cwd ?? process.cwd(), named ?? names.folder);
  const files = await writeHandler(directory, names, arch);
  const { name, imageType } = names;
  if (output.json) output.document({ command: 'new-handler', name, arch, imageType, directory, files });
  else {
    output.line(`${visible(name)}: a handler for guests of type ${visible(imageType)} on ${visible(arch)}`);
    for (const file of files) output.line(`  ${visible(file)}`);
    output.line();
    output.line(`cd ${shellWord(named ?? names.folder)} && npm install && npm test`);
  }
  return EXIT.ok;
}
