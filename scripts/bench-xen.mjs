// npm run bench:xen: installs, builds, and measures on a real Xen under QEMU. Arguments go to the runner.
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build();
run(process.execPath, [join(root, 'e2e/dist/bench.js'), ...process.argv.slice(2)]);
