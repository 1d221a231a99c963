// npm run build: compiles what has changed and bundles the command.
import { build, install } from './setup.mjs';

install();
build();
