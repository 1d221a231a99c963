// npm run faults [-- --scenario NAME --point NUMBER]: what can go wrong, tried at every place; see docs/reliability.md. Ends
// with "N passed, N failed".
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build();
run(process.execPath, [join(root, 'faults/dist/main.js'), ...process.argv.slice(2)]);
