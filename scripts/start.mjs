// npm start: installs, builds, and plans an example guest on this machine.
import { join } from 'node:path';
import { build, install, root, run } from './setup.mjs';

install();
build();
const guest = process.argv[2] ?? join(root, 'examples/guests/hvm.cfg');
run(process.execPath, [join(root, 'packages/cli/bin/xen-image.js'), 'plan', guest, ...process.argv.slice(3)]);
