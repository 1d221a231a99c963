// npm run docs: guides, pages and the reference from the sources, as static pages in docs/site.
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build();
run(process.execPath, [join(root, 'node_modules/typedoc/bin/typedoc'), '--logLevel', 'Warn']);
process.stdout.write(`${join(root, 'docs/site/index.html')}\n`);
